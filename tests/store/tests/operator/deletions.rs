//! Users are deleted, whatever happens on the way, and nothing brings them back.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be set up is a failed test")]

use std::time::Duration;

use domain::id::UserId;
use domain::identifier::{Email, Identifier};
use domain::user::User;
use registry::{Creation, Deleted, Update};
use runtime::resources::TableName;
use serde_json::Value;
use workbench::portal::{Portal, seconds};
use workbench::{Fault, NOW, Operation, Plan};

use crate::fixture::{Desk, hurry};

const ADDRESSES: [&str; 2] = ["rare@example.com", "+15550001111"];

/// Disable, sign out, commit, two marks and deletions, forget.
const WRITES: usize = 8;

impl Desk {
    async fn created(&self, identifiers: &[&str]) -> User {
        let user = self.user(identifiers);
        assert_eq!(self.create(&user).await.unwrap(), Creation::Created);
        user
    }

    async fn delete(&self, user: &User) -> anyhow::Result<Option<Deleted>> {
        self.users().delete(&user.organization, &user.id, || NOW).await
    }

    /// Only a tombstone is left of a user, and no pointer leads to it.
    async fn assert_gone(&self, id: &UserId, what: &str) {
        assert!(self.users().find(&self.organization, id).await.unwrap().is_none(), "{what}");
        for item in self.bench.scan(TableName::Users).await.unwrap() {
            assert_ne!(item["userId"]["S"], id.as_str(), "{what}: a pointer is left");
            if item["pk"]["S"].as_str().unwrap().ends_with(id.as_str()) {
                let names: Vec<_> = item.as_object().unwrap().keys().map(String::as_str).collect();
                let expected =
                    ["by", "closed", "erasedAt", "pk", "revision", "sessionsValidAfter", "ttl"];
                assert_eq!(names, expected, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn a_user_is_deleted_through_every_fault_of_every_write() {
    for fault in Fault::HIDDEN {
        for write in 0..WRITES {
            let what = format!("{fault:?} at write {write}");
            let desk = Desk::open().await;
            let user = desk.created(&ADDRESSES).await;
            desk.bench.strike(fault, write);
            assert!(desk.delete(&user).await.unwrap().is_some(), "{what}");
            desk.bench.calm().await.unwrap();
            desk.assert_gone(&user.id, &what).await;
        }
    }
}

#[tokio::test]
async fn a_deletion_that_was_cut_off_anywhere_is_completed_by_the_next_one() {
    for nth in 0..WRITES {
        let what = format!("write {nth}");
        let desk = Desk::open().await;
        let user = desk.created(&ADDRESSES).await;
        assert!(desk.cut_off(nth, desk.delete(&user)).await, "{what}");
        let there = desk.stored(&user).await;
        assert!(there.is_none_or(|user| nth < 3 && (user.disabled || nth == 0)), "{what}");
        assert!(desk.delete(&user).await.unwrap().is_some(), "{what}");
        desk.assert_gone(&user.id, &what).await;
        assert!(desk.delete(&user).await.unwrap().is_some(), "again, it changes nothing: {what}");
    }
    let desk = Desk::open().await;
    let user = desk.created(&ADDRESSES).await;
    assert!(!desk.cut_off(WRITES, desk.delete(&user)).await, "these are all writes");
    let nobody = desk.user(&[]);
    assert_eq!(desk.delete(&nobody).await.unwrap(), None);
}

/// Of every write that may be under way when the user is deleted, a copy arrives later.
#[tokio::test]
async fn no_late_copy_brings_a_deleted_user_back() {
    for what in ["creation", "update", "disabling", "sign-out"] {
        let desk = Desk::open().await;
        let late = |call: &Operation| call.item == "USER" && call.is_write();
        if what == "creation" {
            desk.bench.follow(Plan::once(Fault::Late, late));
        }
        let user = desk.created(&ADDRESSES).await;
        desk.bench.follow(Plan::once(Fault::Late, late));
        match what {
            "creation" => {}
            "update" => {
                let updated = desk.bench.update(&user, |user| user.role = "x".into()).await;
                assert!(matches!(updated.unwrap(), Update::Updated(_)));
            }
            "disabling" => desk.bench.disable(&user).await.unwrap(),
            _ => desk.bench.end_sessions(&user, NOW).await.unwrap(),
        }
        desk.bench.follow(Plan::default());
        assert!(desk.delete(&user).await.unwrap().is_some(), "{what}");
        assert!(desk.bench.deliver_late_calls().await.unwrap() > 0 || what == "creation", "{what}");
        desk.assert_gone(&user.id, what).await;
        // Nor does one change who got the id next.
        assert_eq!(desk.create(&user).await.unwrap(), Creation::Created, "{what}");
        let next = desk.stored(&user).await.unwrap();
        assert_eq!((next.role.as_str(), next.disabled), ("patient", false), "{what}");
    }
}

#[tokio::test]
async fn a_late_copy_of_a_deletion_does_not_delete_the_next_user_of_the_id() {
    for nth in 0..WRITES {
        let desk = Desk::open().await;
        let user = desk.created(&ADDRESSES).await;
        desk.bench.strike(Fault::Late, nth);
        assert!(desk.delete(&user).await.unwrap().is_some());
        desk.bench.follow(Plan::default());
        assert_eq!(desk.create(&user).await.unwrap(), Creation::Created, "write {nth}");
        assert_eq!(desk.bench.deliver_late_calls().await.unwrap(), 1, "write {nth}");
        assert_eq!(desk.owner(ADDRESSES[0]).await, Some(user.id.clone()), "write {nth}");
        assert!(desk.stored(&user).await.is_some_and(|user| !user.disabled), "write {nth}");
        desk.assert_sound(&format!("write {nth}")).await;
    }
}

#[tokio::test]
async fn the_next_user_of_an_id_is_created_through_every_fault_and_by_one_operator() {
    for fault in Fault::HIDDEN {
        for write in 0..4 {
            let what = format!("{fault:?} at write {write}");
            let desk = Desk::open().await;
            let user = desk.created(&["old@example.com"]).await;
            assert!(desk.delete(&user).await.unwrap().is_some());
            let next = User { id: user.id.clone(), ..desk.user(&ADDRESSES[..1]) };
            desk.bench.strike(fault, write);
            assert_eq!(desk.create(&next).await.unwrap(), Creation::Created, "{what}");
            desk.bench.calm().await.unwrap();
            assert_eq!(desk.owner(ADDRESSES[0]).await, Some(user.id), "{what}");
            desk.assert_sound(&what).await;
        }
    }
    hurry();
    let desk = Desk::open().await;
    let user = desk.created(&["old@example.com"]).await;
    assert!(desk.delete(&user).await.unwrap().is_some());
    let calls: Vec<_> = (0..10)
        .map(|n| {
            let next = User { id: user.id.clone(), ..desk.user(&[&format!("{n}@example.com")]) };
            let desk = desk.clone();
            tokio::spawn(async move { desk.create(&next).await.unwrap() })
        })
        .collect();
    let mut created = 0;
    for call in calls {
        match call.await.unwrap() {
            Creation::Created => created += 1,
            Creation::IdTaken => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(created, 1);
    desk.assert_sound("the end").await;
}

/// The put that would make a tombstone a user is under way when another operator wants the address.
#[tokio::test]
async fn the_next_user_of_an_id_loses_an_address_to_whoever_took_it_over() {
    hurry();
    let desk = Desk::open().await;
    let user = desk.created(&["old@example.com"]).await;
    assert!(desk.delete(&user).await.unwrap().is_some());
    let next = User { id: user.id.clone(), ..desk.user(&ADDRESSES[..1]) };
    // Its first put finds the tombstone; the second would replace it.
    let mut puts = 0;
    desk.bench.follow(Plan::new(move |call| {
        let is_put = call.item == "USER" && call.name == "PutItem";
        puts += u32::from(is_put);
        if is_put && puts > 1 { Fault::Late } else { Fault::None }
    }));
    assert!(desk.create(&next).await.is_err(), "its fate can't be told");
    desk.bench.follow(Plan::default());
    let prompt = desk.created(&ADDRESSES[..1]).await;
    assert!(desk.bench.deliver_late_calls().await.unwrap() > 0);
    assert_eq!(desk.owner(ADDRESSES[0]).await, Some(prompt.id));
    assert!(desk.stored(&next).await.is_none());
    desk.assert_sound("the end").await;
}

#[tokio::test]
async fn an_address_of_a_deletion_that_was_cut_off_gives_way_to_another_user() {
    hurry();
    for nth in 3..WRITES {
        let desk = Desk::open().await;
        let user = desk.created(&ADDRESSES).await;
        assert!(desk.cut_off(nth, desk.delete(&user)).await);
        let heir = desk.created(&ADDRESSES).await;
        assert!(desk.delete(&user).await.unwrap().is_some(), "write {nth}");
        desk.assert_gone(&user.id, &format!("write {nth}")).await;
        assert_eq!(desk.owner(ADDRESSES[0]).await, Some(heir.id), "write {nth}");
        desk.assert_sound(&format!("write {nth}")).await;
    }
}

/// Whoever changes the user while it is deleted.
#[tokio::test]
async fn a_deletion_and_changes_at_once_leave_no_user() {
    let desk = Desk::open().await;
    let user = desk.created(&ADDRESSES).await;
    let changes: Vec<_> = (0..6)
        .map(|n| {
            let (desk, user) = (desk.clone(), user.clone());
            tokio::spawn(async move {
                match n % 3 {
                    0 => drop(desk.bench.update(&user, |user| user.disabled = false).await),
                    1 => drop(desk.move_to(&user, &format!("{n}@example.com")).await),
                    _ => drop(desk.delete(&user).await),
                }
            })
        })
        .collect();
    for change in changes {
        change.await.unwrap();
    }
    assert!(desk.delete(&user).await.unwrap().is_some());
    desk.assert_gone(&user.id, "the end").await;
    desk.assert_sound("the end").await;
}

#[tokio::test]
async fn nothing_that_a_deleted_user_had_signs_the_next_one_in() {
    let portal = Portal::start().await;
    let token = portal.sign_in(NOW).await;
    let code = portal.fresh_code(NOW.plus(seconds(1))).await;
    let (users, user) = (portal.bench.users().unwrap(), &portal.patient.user);
    let deleted = users.delete(&user.organization, &user.id, || NOW.plus(seconds(2))).await;
    let deleted = deleted.unwrap().unwrap();
    assert!(deleted.until.unwrap() > NOW.plus(Duration::from_hours(24 * 90)));
    assert_ne!(portal.refresh(&token, NOW.plus(seconds(2))).await.status, 200);
    assert_eq!(portal.verify(&code, NOW.plus(seconds(2))).await.status, 401);
    let creation = users.create(user, NOW.plus(seconds(3))).await.unwrap();
    assert_eq!(creation, Creation::Created);
    for later in [3, 6, 8, 600] {
        let then = NOW.plus(seconds(later));
        assert_ne!(portal.refresh(&token, then).await.status, 200, "{later} s later");
    }
    assert_eq!(portal.verify(&code, NOW.plus(seconds(8))).await.status, 401);
    let token = portal.sign_in(NOW.plus(seconds(9))).await;
    assert_eq!(portal.refresh(&token, NOW.plus(seconds(10))).await.status, 200);
}

#[tokio::test]
async fn a_tombstone_expires_and_holds_no_address() {
    let desk = Desk::open().await;
    let user = desk.created(&ADDRESSES).await;
    assert!(desk.delete(&user).await.unwrap().is_some());
    let items: Vec<Value> = desk.bench.scan(TableName::Users).await.unwrap();
    let text = Value::from(items).to_string();
    assert!(text.contains(user.id.as_str()) && !text.contains("rare") && !text.contains("1555"));
    let expired = NOW.plus(Duration::from_hours(24 * 92));
    desk.bench.expire(TableName::Users, expired).await.unwrap();
    assert_eq!(desk.bench.scan(TableName::Users).await.unwrap(), Vec::<Value>::new());
    assert_eq!(desk.delete(&user).await.unwrap(), None);
}

#[tokio::test]
async fn deleting_a_user_with_one_address_costs_eleven_calls() {
    let desk = Desk::open().await;
    let user = desk.created(&ADDRESSES[..1]).await;
    let email = Identifier::Email(Email::parse(ADDRESSES[0]).unwrap());
    let users = desk.users();
    users.identity(&desk.organization, &email, NOW).await.unwrap();
    let delete = users.delete(&desk.organization, &user.id, || NOW);
    let (deleted, calls) = desk.bench.operations_of(delete).await;
    assert!(deleted.unwrap().is_some());
    let expected = [
        "GetItem USER",
        "UpdateItem USER",
        "GetItem USER",
        "UpdateItem USER",
        "GetItem USER",
        "PutItem USER",
        "GetItem USER",
        "GetItem OTP",
        "UpdateItem IDENT",
        "DeleteItem IDENT",
        "UpdateItem USER",
    ];
    assert_eq!(calls, expected);
}
