use domain::id::UserId;
use platform::store::{Creation, Revision};
use workbench::{Fault, NOW, Plan};

use workbench::portal::{Portal, seconds};

#[tokio::test]
async fn an_identifier_belongs_to_whoever_takes_it_first() {
    let portal = Portal::start().await;
    let mut rival = portal.patient.user.clone();
    rival.id = UserId::random();
    let identities = portal.bench.identities(&rival).await.unwrap();
    let users = portal.bench.aws.users().unwrap();
    let user = &portal.patient.user;
    let taken = Creation::IdentifierTaken(user.id.clone());
    assert_eq!(users.create(&rival, &identities).await.unwrap(), taken);
    assert!(users.find(&rival.organization, &rival.id).await.unwrap().is_none());
    let holder = users.identified(&user.organization, &identities[0]).await.unwrap();
    assert_eq!(holder.as_ref(), Some(&user.id));
    assert_eq!(users.create(user, &identities).await.unwrap(), Creation::IdTaken, "again");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_users_who_take_one_identifier_at_once_one_gets_it() {
    let portal = Portal::start().await;
    let mut taken = portal.patient.user.clone();
    taken.email = Some(domain::identifier::Email::parse("rare@example.com").unwrap());
    taken.phone = None;
    let identities = portal.bench.identities(&taken).await.unwrap();
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let users = portal.bench.aws.users().unwrap();
            let (mut user, identities) = (taken.clone(), identities.clone());
            user.id = UserId::random();
            tokio::spawn(async move { users.create(&user, &identities).await.unwrap() })
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
    let mut user = portal.patient.user.clone();
    user.id = UserId::random();
    let users = portal.bench.aws.users().unwrap();
    portal.bench.follow(Plan::once(Fault::Late, |call| call.item == "USER"));
    assert_eq!(users.create(&user, &[]).await.unwrap(), Creation::Created);
    users.set_disabled(&user.organization, &user.id, true).await.unwrap();
    assert_eq!(portal.bench.deliver_late_calls().await.unwrap(), 1);
    let found = users.find(&user.organization, &user.id).await.unwrap();
    assert!(found.is_some_and(|user| user.disabled));
}

#[tokio::test]
async fn a_user_of_nobody_can_be_neither_disabled_nor_signed_out() {
    let portal = Portal::start().await;
    let users = portal.bench.aws.users().unwrap();
    let (organization, nobody) = (&portal.tenant.organization.id, UserId::random());
    let disabled = users.set_disabled(organization, &nobody, true).await.unwrap();
    assert_eq!(disabled, Revision::NoUser);
    assert!(!users.sign_out(organization, &nobody, || NOW).await.unwrap());
    assert!(users.end_sessions(organization, &nobody, NOW).await.is_err());
    assert!(users.find(organization, &nobody).await.unwrap().is_none());
}

#[tokio::test]
async fn the_bound_of_a_sign_out_everywhere_never_moves_back() {
    let portal = Portal::start().await;
    let users = portal.bench.aws.users().unwrap();
    let user = &portal.patient.user;
    for bound in [NOW.plus(seconds(9)), NOW] {
        users.end_sessions(&user.organization, &user.id, bound).await.unwrap();
    }
    let found = users.find(&user.organization, &user.id).await.unwrap().unwrap();
    assert_eq!(found.sessions_valid_after, Some(NOW.plus(seconds(9))));
}

#[tokio::test]
async fn a_later_sign_out_everywhere_ends_what_came_after_the_first() {
    let portal = Portal::start().await;
    let users = portal.bench.aws.users().unwrap();
    let user = &portal.patient.user;
    for bound in [NOW, NOW.plus(seconds(9))] {
        users.end_sessions(&user.organization, &user.id, bound).await.unwrap();
    }
    let found = users.find(&user.organization, &user.id).await.unwrap().unwrap();
    assert_eq!(found.sessions_valid_after, Some(NOW.plus(seconds(9))));
}
