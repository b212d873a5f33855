use domain::id::UserId;
use domain::identifier::{Email, Phone};
use domain::user::User;
use registry::{Creation, Update};
use workbench::{Fault, NOW, Plan};

use workbench::portal::{Portal, seconds};

#[tokio::test]
async fn an_identifier_belongs_to_whoever_takes_it_first() {
    let portal = Portal::start().await;
    let mut rival = portal.patient.user.clone();
    rival.id = UserId::random();
    rival.phone = Some(Phone::parse("+15559990001").unwrap());
    let users = portal.bench.users().unwrap();
    let user = &portal.patient.user;
    let taken = Creation::IdentifierTaken { by: user.id.clone(), kind: "email address" };
    assert_eq!(users.create(&rival, NOW).await.unwrap(), taken);
    assert!(users.find(&rival.organization, &rival.id).await.unwrap().is_none());
    let owner = users.owner(&user.organization, &portal.patient.identity).await.unwrap();
    assert_eq!(owner.map(|owner| owner.user.id), Some(user.id.clone()));
    let again = User { email: None, phone: rival.phone, ..user.clone() };
    assert_eq!(users.create(&again, NOW).await.unwrap(), Creation::IdTaken);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_users_who_take_one_identifier_at_once_one_gets_it() {
    let portal = Portal::start().await;
    let mut taken = portal.patient.user.clone();
    taken.email = Some(Email::parse("rare@example.com").unwrap());
    taken.phone = None;
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let users = portal.bench.users().unwrap();
            let user = User { id: UserId::random(), ..taken.clone() };
            tokio::spawn(async move { users.create(&user, NOW).await.unwrap() })
        })
        .collect();
    let mut created = 0;
    for call in calls {
        created += usize::from(call.await.unwrap() == Creation::Created);
    }
    assert_eq!(created, 1);
}

#[tokio::test]
async fn a_late_copy_of_a_creation_does_not_enable_a_disabled_user() {
    let portal = Portal::start().await;
    let nobody = User { email: None, phone: None, ..portal.patient.user.clone() };
    let user = User { id: UserId::random(), ..nobody };
    let users = portal.bench.users().unwrap();
    portal.bench.follow(Plan::once(Fault::Late, |call| call.item == "USER"));
    assert_eq!(users.create(&user, NOW).await.unwrap(), Creation::Created);
    portal.bench.disable(&user).await.unwrap();
    assert_eq!(portal.bench.deliver_late_calls().await.unwrap(), 1);
    let found = users.find(&user.organization, &user.id).await.unwrap();
    assert!(found.is_some_and(|stored| stored.user.disabled));
}

#[tokio::test]
async fn a_user_of_nobody_can_be_neither_disabled_nor_signed_out() {
    let portal = Portal::start().await;
    let users = portal.bench.users().unwrap();
    let (organization, nobody) = (&portal.tenant.organization.id, UserId::random());
    let user = User { id: nobody.clone(), ..portal.patient.user.clone() };
    let disabled = portal.bench.update(&user, |user| user.disabled = true).await.unwrap();
    assert_eq!(disabled, Update::NotFound);
    assert!(users.sign_out(organization, &nobody, || NOW).await.is_err());
    assert!(users.end_sessions(organization, &nobody, NOW).await.is_err());
    assert!(users.find(organization, &nobody).await.unwrap().is_none());
}

#[tokio::test]
async fn the_bound_of_a_sign_out_everywhere_never_moves_back() {
    let portal = Portal::start().await;
    let user = &portal.patient.user;
    for bound in [NOW.plus(seconds(9)), NOW] {
        portal.bench.end_sessions(user, bound).await.unwrap();
    }
    let found = portal.stored_user().await;
    assert_eq!(found.sessions_valid_after, Some(NOW.plus(seconds(9))));
}

#[tokio::test]
async fn a_later_sign_out_everywhere_ends_what_came_after_the_first() {
    let portal = Portal::start().await;
    let user = &portal.patient.user;
    for bound in [NOW, NOW.plus(seconds(9))] {
        portal.bench.end_sessions(user, bound).await.unwrap();
    }
    let found = portal.stored_user().await;
    assert_eq!(found.sessions_valid_after, Some(NOW.plus(seconds(9))));
}
