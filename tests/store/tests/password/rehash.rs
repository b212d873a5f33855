//! A hash with other parameters is replaced by whoever logs in next.

use domain::password::{Hasher, Password, PasswordHash, Verdict};
use domain::user::User;
use store::Users;
use workbench::{Answer, Fault, Plan};

use crate::fixture::{Deployment, NOW, OUTDATED};

async fn log_in(deployment: &Deployment, password: &str) -> Answer {
    let organization = deployment.organization.id.as_str();
    deployment.try_as(organization, "veteran", password, NOW).await
}

fn check(password: &str, hash: &PasswordHash) -> Verdict {
    Hasher::new().check(&Password::parse(password).unwrap(), Some(hash))
}

async fn rehash(users: &Users, user: &User, old: &PasswordHash, new: &PasswordHash) {
    users.rehash(&user.organization, &user.id, old, new).await.unwrap();
}

fn is_rehash(operation: &workbench::Operation) -> bool {
    operation.item == "USER" && operation.is_write()
}

#[tokio::test]
async fn the_right_password_replaces_an_outdated_hash_and_a_wrong_one_does_not() {
    let deployment = Deployment::start().await;
    let old = PasswordHash::parse(OUTDATED).unwrap();
    let veteran = deployment.add("veteran", Some(old.clone())).await;
    assert_eq!(log_in(&deployment, "Password").await.status, 401);
    assert_eq!(deployment.stored_hash(&veteran).await, old);

    assert_eq!(log_in(&deployment, "password").await.status, 200);
    let new = deployment.stored_hash(&veteran).await;
    assert_eq!(check("password", &new), Verdict::Right, "with today's parameters");
    assert_eq!(log_in(&deployment, "password").await.status, 200);
    assert_eq!(deployment.stored_hash(&veteran).await, new, "once");
}

#[tokio::test]
async fn a_rehash_survives_every_fault() {
    for fault in Fault::HIDDEN {
        let deployment = Deployment::start().await;
        let old = PasswordHash::parse(OUTDATED).unwrap();
        let veteran = deployment.add("veteran", Some(old)).await;
        deployment.bench.follow(Plan::once(fault, is_rehash));
        assert_eq!(log_in(&deployment, "password").await.status, 200, "{fault:?}");
        deployment.bench.calm().await.unwrap();
        let new = deployment.stored_hash(&veteran).await;
        assert_eq!(check("password", &new), Verdict::Right, "{fault:?}");
    }
}

#[tokio::test]
async fn nobody_is_refused_because_the_new_hash_could_not_be_stored() {
    let deployment = Deployment::start().await;
    let old = PasswordHash::parse(OUTDATED).unwrap();
    let veteran = deployment.add("veteran", Some(old.clone())).await;
    deployment.bench.follow(Plan::always(Fault::Error, is_rehash));
    assert_eq!(log_in(&deployment, "password").await.status, 200);
    assert_eq!(deployment.stored_hash(&veteran).await, old);
}

#[tokio::test]
async fn a_late_copy_does_not_bring_a_replaced_password_back() {
    let deployment = Deployment::start().await;
    let old = PasswordHash::parse(OUTDATED).unwrap();
    let veteran = deployment.add("veteran", Some(old)).await;
    deployment.bench.follow(Plan::once(Fault::Late, is_rehash));
    assert_eq!(log_in(&deployment, "password").await.status, 200);
    let users = Users::new(&deployment.bench.aws).unwrap();
    let rehashed = deployment.stored_hash(&veteran).await;
    let changed = Hasher::new().hash(&Password::parse("another one").unwrap());
    rehash(&users, &veteran, &rehashed, &changed).await;
    assert_eq!(deployment.bench.deliver_late_calls().await.unwrap(), 1);
    assert_eq!(deployment.stored_hash(&veteran).await, changed);
}

#[tokio::test]
async fn a_rehash_that_comes_after_a_new_password_changes_nothing() {
    let deployment = Deployment::start().await;
    let veteran = deployment.add("veteran", Some(PasswordHash::parse(OUTDATED).unwrap())).await;
    let hash = |text: &str| Hasher::new().hash(&Password::parse(text).unwrap());
    let (changed, rehashed) = (hash("another one"), hash("password"));
    let old = PasswordHash::parse(OUTDATED).unwrap();
    let users = Users::new(&deployment.bench.aws).unwrap();
    rehash(&users, &veteran, &old, &changed).await;
    rehash(&users, &veteran, &old, &rehashed).await;
    assert_eq!(deployment.stored_hash(&veteran).await, changed);
}
