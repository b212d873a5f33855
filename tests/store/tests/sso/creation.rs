//! Clients and users on their way into the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::credential::{Credential, Credentials};
use domain::id::ClientId;
use domain::secret::Secret;
use domain::sso::Client;
use registry::roster::{NewClient, NewUser};
use registry::{Change, Clients, SsoCreation, SsoUpdate};
use serde_json::{Value, json};
use workbench::{Fault, Plan};

use crate::fixture::{CLIENT, Deployment, EMAIL, NOW, PASSWORD, form, headers, id, user};

#[tokio::test]
async fn creating_again_changes_nothing() {
    let deployment = Deployment::start().await;
    let again = json!({"id": 6, "name": "Mallory", "email": "DR.XYZ@example.com", "password": "x"});
    assert_eq!(deployment.create_user(&again).await, SsoCreation::AlreadyExists);
    let stored = deployment.stored().await.unwrap();
    assert_eq!((stored.name.as_str(), stored.email.as_str()), ("Dr. X Y Z", EMAIL));
    assert_eq!(deployment.try_as(EMAIL, "x", NOW).await.status, 404);
    assert_eq!(deployment.sign_in(NOW).await.status, 200);

    let client = json!({"client_id": CLIENT.0, "token": "another-token"});
    let client: NewClient = serde_json::from_value(client).unwrap();
    let change = deployment.realm().create_client(&client).await.unwrap();
    assert_eq!(change, Change::Conflict);
    let wrong = deployment.send_signin(&headers((CLIENT.0, "another-token")), NOW).await;
    assert_eq!(wrong.status, 401);
    assert_eq!(deployment.sign_in(NOW).await.status, 200);
}

#[tokio::test]
async fn an_id_and_an_email_belong_to_one_user() {
    let deployment = Deployment::start().await;
    let taken = deployment.create_user(&user(6, "somebody@example.com")).await;
    assert_eq!(taken, SsoCreation::IdTaken);
    let taken = deployment.create_user(&user(9, "dr.xyz@EXAMPLE.com")).await;
    assert_eq!(taken, SsoCreation::EmailTaken);
    assert_eq!(deployment.stored().await.unwrap().email.as_str(), EMAIL);
    // The one whose email was taken left nothing behind.
    assert_eq!(deployment.create_user(&user(9, "nine@example.com")).await, SsoCreation::Created);
    assert_eq!(deployment.try_as("somebody@example.com", PASSWORD, NOW).await.status, 404);
}

async fn created_at_once(
    deployment: &Arc<Deployment>,
    users: Vec<Value>,
) -> BTreeMap<String, usize> {
    let creations: Vec<_> = users
        .into_iter()
        .map(|user| {
            let deployment = Arc::clone(deployment);
            tokio::spawn(async move { deployment.create_user(&user).await })
        })
        .collect();
    let mut counts = BTreeMap::new();
    for creation in creations {
        *counts.entry(format!("{:?}", creation.await.unwrap())).or_default() += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_gets_the_id() {
    let deployment = Deployment::start().await;
    let users = (0..10).map(|number| user(100, &format!("user-{number}@example.com"))).collect();
    let seen = created_at_once(&deployment, users).await;
    assert_eq!(seen, BTreeMap::from([("Created".into(), 1), ("IdTaken".into(), 9)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_gets_the_email() {
    let deployment = Deployment::start().await;
    let users = (100..110).map(|id| user(id, "contested@example.com")).collect();
    let seen = created_at_once(&deployment, users).await;
    assert_eq!(seen, BTreeMap::from([("Created".into(), 1), ("EmailTaken".into(), 9)]));
    let answer = deployment.try_as("contested@example.com", PASSWORD, NOW).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn creating_survives_every_fault_of_every_write() {
    for fault in Fault::HIDDEN {
        for write in 0..2 {
            let what = format!("{fault:?} at write {write}");
            let deployment = Deployment::start().await;
            deployment.bench.strike(fault, write);
            let creation = deployment.create_user(&user(8, "eight@example.com")).await;
            assert_eq!(creation, SsoCreation::Created, "{what}");
            deployment.bench.calm().await.unwrap();
            let answer = deployment.try_as("eight@example.com", PASSWORD, NOW).await;
            assert_eq!(answer.status, 200, "{what}");
        }
        let deployment = Deployment::start().await;
        let client = json!({"client_id": "18552", "token": "third"});
        let client: NewClient = serde_json::from_value(client).unwrap();
        deployment.bench.strike(fault, 0);
        let change = deployment.realm().create_client(&client).await.unwrap();
        assert_eq!(change, Change::Made, "{fault:?}");
        deployment.bench.calm().await.unwrap();
        let event = form(("18552", "third"), EMAIL, PASSWORD);
        assert_eq!(deployment.send_signin(&event, NOW).await.status, 200, "{fault:?}");
    }
}

#[tokio::test]
async fn when_every_answer_is_lost_one_strong_read_tells_that_it_was_created() {
    let deployment = Deployment::start().await;
    deployment.bench.follow(Plan::always(Fault::LostAfter, workbench::Operation::is_write));
    let creation = deployment.create_user(&user(8, "eight@example.com")).await;
    assert_eq!(creation, SsoCreation::Created);
    let client: NewClient =
        serde_json::from_value(json!({"client_id": "18552", "token": "third"})).unwrap();
    let change = deployment.realm().create_client(&client).await.unwrap();
    assert_eq!(change, Change::Made);
}

/// The process ends between the two writes of an creation.
#[tokio::test]
async fn an_interrupted_creation_is_completed_by_the_next_one() {
    let deployment = Deployment::start().await;
    deployment
        .bench
        .follow(Plan::always(Fault::Error, |call| call.item == "IDENT" && call.is_write()));
    let new: NewUser = serde_json::from_value(user(8, "eight@example.com")).unwrap();
    assert!(deployment.realm().create_user(&new, NOW).await.is_err());
    deployment.bench.calm().await.unwrap();
    assert_eq!(deployment.try_as("eight@example.com", PASSWORD, NOW).await.status, 404);
    let creation = deployment.realm().create_user(&new, NOW).await.unwrap();
    assert_eq!(creation, SsoCreation::AlreadyExists);
    assert_eq!(deployment.try_as("eight@example.com", PASSWORD, NOW).await.status, 200);
}

#[tokio::test]
async fn what_can_never_work_is_not_created() {
    let deployment = Deployment::start().await;
    let realm = deployment.realm();
    for token in ["", " ", "with space", "ümlaut", "line\nfeed"] {
        let client = json!({"client_id": "18552", "token": token});
        let client: NewClient = serde_json::from_value(client).unwrap();
        assert!(realm.create_client(&client).await.is_err(), "{token:?}");
    }
    for (field, value) in [
        ("password", "beside a hash"),
        ("created_at", "2026-01-02 03:04:06"),
        ("updated_at", "2026-01-02 03:04:06"),
        ("last_login", "2099-01-01 00:00:00"),
    ] {
        let mut user = user(8, "eight@example.com");
        user[field] = value.into();
        let user: NewUser = serde_json::from_value(user).unwrap();
        assert!(realm.create_user(&user, NOW).await.is_err(), "{field}");
    }
    assert_eq!(deployment.create_user(&user(8, "eight@example.com")).await, SsoCreation::Created);
}

#[tokio::test]
async fn a_clients_token_follows_another_through_every_fault() {
    for fault in Fault::HIDDEN {
        for write in 0..3 {
            let what = format!("{fault:?} at write {write}");
            let deployment = Deployment::start().await;
            let clients = Clients::new(&deployment.bench.aws).unwrap();
            let held = async || client(&deployment).await;
            let new = Credential::of(&Secret::new("new"));
            deployment.bench.strike(fault, write);
            for next in [&Credential::of(&Secret::new("dropped")), &new] {
                let announced = clients.announce_token(&held().await, next).await.unwrap();
                assert_eq!(announced, Change::Made, "{what}");
            }
            let promoted = clients.promote_token(&held().await).await.unwrap();
            assert_eq!(promoted, Change::Made, "{what}");
            deployment.bench.calm().await.unwrap();
            assert_eq!(held().await.credentials, Credentials::single(new), "{what}");
        }
    }
}

#[tokio::test]
async fn who_saw_something_else_of_a_client_changes_nothing() {
    let deployment = Deployment::start().await;
    let clients = Clients::new(&deployment.bench.aws).unwrap();
    let held = async || client(&deployment).await;
    let announce =
        async |seen: &Client, next: &Credential| clients.announce_token(seen, next).await.unwrap();
    let [one, other] = ["one", "other"].map(|text| Credential::of(&Secret::new(text)));
    let first = held().await;
    assert_eq!(announce(&first, &one).await, Change::Made);
    assert_eq!(announce(&first, &other).await, Change::Conflict, "there is a next one");
    let seen = held().await;
    assert_eq!(announce(&seen, &other).await, Change::Made, "replaced");
    assert_eq!(announce(&seen, &one).await, Change::Conflict);
    assert_eq!(clients.promote_token(&seen).await.unwrap(), Change::Conflict);
    let seen = held().await;
    assert_eq!(clients.promote_token(&seen).await.unwrap(), Change::Made);
    assert_eq!(announce(&first, &one).await, Change::Conflict, "another is the current one");
    assert_eq!(held().await.credentials, Credentials::single(other));
}

/// The client as stored now.
async fn client(deployment: &Deployment) -> Client {
    let clients = store::SsoClients::new(&deployment.bench.aws).unwrap();
    clients.find(&ClientId::parse(CLIENT.0).unwrap()).await.unwrap().unwrap()
}

#[tokio::test]
async fn nobody_is_changed_who_is_not_there() {
    let deployment = Deployment::start().await;
    let users = deployment.users();
    assert_eq!(users.set_active(id("999"), true, NOW).await.unwrap(), SsoUpdate::NotFound);
    assert_eq!(users.delete(id("999"), || NOW).await.unwrap(), None);
    assert!(users.find(id("999")).await.unwrap().is_none());
}
