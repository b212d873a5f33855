//! Operators change and delete users, and an address has one owner.

use domain::id::UserId;
use domain::identifier::{Email, Identifier};
use domain::sso::RegisteredEmail;
use registry::{SsoCreation, SsoUpdate};
use runtime::resources::TableName;
use serde_json::{Value, json};
use workbench::{Fault, Operation, Plan};

use crate::fixture::{
    Deployment, EMAIL, NOW, OTHER_EMAIL, PASSWORD, id, not_authenticated, seconds, user,
};

const NEW: &str = "New@Example.com";

impl Deployment {
    async fn move_to(&self, email: &str) -> anyhow::Result<SsoUpdate> {
        let email = RegisteredEmail::parse(email).unwrap();
        self.users().update(id("6"), |user| user.email = email.clone(), NOW).await
    }

    async fn delete_user(&self) -> anyhow::Result<bool> {
        Ok(self.users().delete(id("6"), || NOW).await?.is_some())
    }

    async fn status(&self, email: &str) -> u16 {
        self.try_as(email, PASSWORD, NOW.plus(seconds(6))).await.status
    }

    /// What leads to whom.
    async fn pointers(&self) -> Vec<String> {
        let items = self.bench.scan(TableName::Users).await.unwrap();
        let of = |item: &Value| item["userId"]["S"].as_str().map(str::to_owned);
        let mut users: Vec<_> = items.iter().filter_map(of).collect();
        users.sort();
        users
    }

    /// Only a tombstone is left of the user 6.
    async fn assert_gone(&self, what: &str) {
        assert!(self.stored().await.is_none(), "{what}");
        assert_eq!(self.pointers().await, ["7"], "{what}");
        for item in self.bench.scan(TableName::Users).await.unwrap() {
            if item["pk"]["S"] == "USER#sso#6" {
                let names: Vec<_> = item.as_object().unwrap().keys().map(String::as_str).collect();
                let expected =
                    ["by", "closed", "erasedAt", "pk", "revision", "sessionsValidAfter", "ttl"];
                assert_eq!(names, expected, "{what}");
            }
        }
    }

    /// The user's item as it was before items had revisions and identities.
    async fn age(&self) {
        for mut item in self.bench.scan(TableName::Users).await.unwrap() {
            if item["pk"]["S"] == "USER#sso#6" {
                let attributes = item.as_object_mut().unwrap();
                attributes.retain(|name, _| !["revision", "identities"].contains(&name.as_str()));
                self.bench.put_raw(TableName::Users, &item).await.unwrap();
            }
        }
    }

    /// Runs a call until its `nth` write, from 0, which never arrives.
    async fn cut_off<T>(&self, nth: usize, call: impl Future<Output = anyhow::Result<T>>) -> bool {
        let mut writes = 0;
        self.bench.follow(Plan::new(move |operation| {
            writes += usize::from(operation.is_write());
            if operation.is_write() && writes > nth { Fault::Error } else { Fault::None }
        }));
        let failed = call.await.is_err();
        self.bench.follow(Plan::default());
        failed
    }
}

#[tokio::test]
async fn a_user_moves_to_another_address_through_every_fault_of_every_write() {
    for fault in Fault::HIDDEN {
        for write in 0..4 {
            let what = format!("{fault:?} at write {write}");
            let deployment = Deployment::start().await;
            deployment.bench.strike(fault, write);
            let moved = deployment.move_to(NEW).await.unwrap();
            assert!(matches!(moved, SsoUpdate::Updated(_)), "{what}: {moved:?}");
            deployment.bench.calm().await.unwrap();
            assert_eq!(deployment.status(NEW).await, 200, "{what}");
            assert_eq!(deployment.status(EMAIL).await, 404, "{what}");
            assert_eq!(deployment.pointers().await, ["6", "7"], "{what}");
        }
    }
}

/// The old pointer is still there: it was left, or a read is late.
#[tokio::test]
async fn a_pointer_to_an_address_that_the_user_left_signs_nobody_in() {
    let deployment = Deployment::start().await;
    deployment.cut_off(2, deployment.move_to(NEW)).await;
    assert_eq!(deployment.pointers().await, ["6", "6", "7"]);
    let answer = deployment.try_as(EMAIL, PASSWORD, NOW).await;
    assert_eq!((answer.status, answer.body), not_authenticated());
    assert_eq!(deployment.status(NEW).await, 200);
    let email = Email::parse(EMAIL).unwrap();
    assert!(deployment.users().owner(&email, NOW).await.unwrap().is_none());
}

#[tokio::test]
async fn an_address_that_was_left_is_the_next_users() {
    tokio::time::pause();
    for cut_off in [false, true] {
        let deployment = Deployment::start().await;
        if cut_off {
            deployment.cut_off(2, deployment.move_to(NEW)).await;
        } else {
            assert!(matches!(deployment.move_to(NEW).await.unwrap(), SsoUpdate::Updated(_)));
        }
        assert_eq!(deployment.create_user(&user(8, EMAIL)).await, SsoCreation::Created);
        assert_eq!(deployment.status(EMAIL).await, 200);
        assert_eq!(deployment.status(NEW).await, 200);
        assert_eq!(deployment.move_to(EMAIL).await.unwrap(), SsoUpdate::EmailTaken);
        assert_eq!(deployment.move_to(OTHER_EMAIL).await.unwrap(), SsoUpdate::EmailTaken);
        assert_eq!(deployment.pointers().await, ["6", "7", "8"], "cut off: {cut_off}");
    }
}

/// An update that reserved the address, and whose commit arrives when the address has another owner.
#[tokio::test]
async fn a_move_that_lands_late_loses_to_whoever_took_the_address_over() {
    tokio::time::pause();
    let deployment = Deployment::start().await;
    deployment
        .bench
        .follow(Plan::always(Fault::Late, |call| call.item == "USER" && call.is_write()));
    assert!(deployment.move_to(NEW).await.is_err(), "its fate can't be told");
    deployment.bench.follow(Plan::default());
    assert_eq!(deployment.create_user(&user(8, NEW)).await, SsoCreation::Created);
    assert!(deployment.bench.deliver_late_calls().await.unwrap() > 0);
    assert_eq!(deployment.stored().await.unwrap().email.as_str(), EMAIL);
    assert_eq!(deployment.pointers().await, ["6", "7", "8"]);
    assert_eq!(deployment.status(NEW).await, 200);
    let email = Email::parse(NEW).unwrap();
    assert_eq!(deployment.users().owner(&email, NOW).await.unwrap().unwrap().id, id("8"));
}

#[tokio::test]
async fn changes_at_once_are_all_made() {
    let deployment = Deployment::start().await;
    let changes: Vec<_> = (0..6)
        .map(|n: usize| {
            let deployment = std::sync::Arc::clone(&deployment);
            tokio::spawn(async move {
                let users = deployment.users();
                let update = match n % 3 {
                    0 => users.update(id("6"), |user| user.name = "New".into(), NOW).await,
                    1 => users.set_active(id("6"), false, NOW).await,
                    _ => deployment.move_to(NEW).await,
                };
                update.unwrap()
            })
        })
        .collect();
    for change in changes {
        assert!(matches!(change.await.unwrap(), SsoUpdate::Updated(_)));
    }
    let stored = deployment.stored().await.unwrap();
    assert_eq!((stored.name.as_str(), stored.email.as_str()), ("New", NEW));
    assert!(!stored.is_active && stored.changed_at > NOW);
    assert_eq!(deployment.pointers().await, ["6", "7"]);
}

#[tokio::test]
async fn a_change_survives_every_fault_and_no_late_copy_undoes_a_later_one() {
    for fault in Fault::HIDDEN {
        for is_old in [false, true] {
            let what = format!("{fault:?}, from before: {is_old}");
            let deployment = Deployment::start().await;
            if is_old {
                deployment.age().await;
            }
            deployment.bench.strike(fault, 0);
            deployment.set_active(false, NOW.plus(seconds(1))).await;
            deployment.set_active(true, NOW.plus(seconds(2))).await;
            deployment.bench.calm().await.unwrap();
            let stored = deployment.stored().await.unwrap();
            assert!(stored.is_active, "{what}");
            assert_eq!(stored.changed_at, NOW.plus(seconds(2)), "{what}");
            assert_eq!(deployment.status(EMAIL).await, 200, "{what}");
        }
    }
}

/// Disable, sign out, commit, mark and delete the pointer, forget.
const WRITES: usize = 6;

#[tokio::test]
async fn a_user_is_deleted_through_every_fault_of_every_write() {
    for fault in Fault::HIDDEN {
        for write in 0..WRITES {
            let what = format!("{fault:?} at write {write}");
            let deployment = Deployment::start().await;
            let token = deployment.token(NOW).await;
            deployment.bench.strike(fault, write);
            assert!(deployment.delete_user().await.unwrap(), "{what}");
            deployment.bench.calm().await.unwrap();
            deployment.assert_gone(&what).await;
            let answer = deployment.who(&token, NOW).await;
            assert_eq!((answer.status, answer.body), not_authenticated(), "{what}");
        }
    }
}

#[tokio::test]
async fn a_deletion_that_was_cut_off_is_completed_by_the_next_one() {
    for is_old in [false, true] {
        for nth in 0..WRITES {
            let what = format!("write {nth}, from before: {is_old}");
            let deployment = Deployment::start().await;
            if is_old {
                deployment.age().await;
            }
            assert!(deployment.cut_off(nth, deployment.delete_user()).await, "{what}");
            if nth > 0 {
                assert_eq!(deployment.status(EMAIL).await, 404, "{what}");
            }
            assert!(deployment.delete_user().await.unwrap(), "{what}");
            deployment.assert_gone(&what).await;
        }
    }
}

/// A user whom nobody changed since revisions exist, and who is inactive, so that the deletion's commit is the
/// first write at a revision.
#[tokio::test]
async fn an_inactive_user_from_before_is_deleted_through_every_fault() {
    for fault in Fault::HIDDEN {
        let deployment = Deployment::start().await;
        deployment.set_active(false, NOW).await;
        deployment.age().await;
        let is_put = |call: &Operation| call.item == "USER" && call.name == "PutItem";
        deployment.bench.follow(Plan::once(fault, is_put));
        assert!(deployment.delete_user().await.unwrap(), "{fault:?}");
        deployment.bench.calm().await.unwrap();
        deployment.assert_gone(&format!("{fault:?}")).await;
    }
}

/// The put lands after somebody else's first change.
#[tokio::test]
async fn a_deletion_that_read_a_user_from_before_loses_to_a_change() {
    let deployment = Deployment::start().await;
    deployment.set_active(false, NOW).await;
    deployment.age().await;
    let is_put = |call: &Operation| call.item == "USER" && call.name == "PutItem";
    deployment.bench.follow(Plan::always(Fault::Late, is_put));
    assert!(deployment.delete_user().await.is_err(), "its fate can't be told");
    deployment.bench.follow(Plan::default());
    deployment.set_active(true, NOW.plus(seconds(9))).await;
    assert!(deployment.bench.deliver_late_calls().await.unwrap() > 0);
    assert!(deployment.stored().await.is_some_and(|user| user.is_active));
}

#[tokio::test]
async fn id_and_address_of_a_deleted_user_are_the_next_ones_and_its_tokens_nobodys() {
    for fault in Fault::HIDDEN {
        let deployment = Deployment::start().await;
        let token = deployment.token(NOW).await;
        assert!(deployment.delete_user().await.unwrap());
        let is_put = |call: &Operation| call.item == "USER" && call.name == "PutItem";
        let mut puts = 0;
        deployment.bench.follow(Plan::new(move |call| {
            puts += u32::from(is_put(call));
            if is_put(call) && puts == 2 { fault } else { Fault::None }
        }));
        assert_eq!(
            deployment.create_user(&user(6, EMAIL)).await,
            SsoCreation::Created,
            "{fault:?}"
        );
        deployment.bench.calm().await.unwrap();
        assert_eq!(deployment.pointers().await, ["6", "7"], "{fault:?}");
        let later = NOW.plus(seconds(9));
        let answer = deployment.who(&token, later).await;
        assert_eq!((answer.status, answer.body), not_authenticated(), "{fault:?}");
        let token = deployment.token(later).await;
        assert_eq!(deployment.who(&token, later).await.status, 200, "{fault:?}");
    }
}

#[tokio::test]
async fn no_late_copy_of_a_creation_or_a_sign_in_brings_a_deleted_user_back() {
    let deployment = Deployment::start().await;
    let is_user = |call: &Operation| call.item == "USER" && call.is_write();
    deployment.bench.follow(Plan::once(Fault::Late, is_user));
    assert_eq!(deployment.create_user(&user(8, NEW)).await, SsoCreation::Created);
    deployment.bench.follow(Plan::once(Fault::Late, is_user));
    assert_eq!(deployment.sign_in(NOW).await.status, 200);
    deployment.bench.follow(Plan::default());
    assert!(deployment.users().delete(id("8"), || NOW).await.unwrap().is_some());
    assert!(deployment.delete_user().await.unwrap());
    assert_eq!(deployment.bench.deliver_late_calls().await.unwrap(), 2);
    assert!(deployment.users().find(id("8")).await.unwrap().is_none());
    deployment.assert_gone("a sign-in").await;
}

#[tokio::test]
async fn a_deleted_user_is_listed_nowhere() {
    let deployment = Deployment::start().await;
    assert!(deployment.delete_user().await.unwrap());
    let users = deployment.users();
    let listed = users.page(None).await.unwrap().items;
    assert_eq!(listed.iter().map(|user| user.id).collect::<Vec<_>>(), [id("7")]);
    assert_eq!(deployment.move_to(NEW).await.unwrap(), SsoUpdate::NotFound);
    assert!(users.deleted(id("6")).await.unwrap().is_some());
    assert!(users.deleted(id("7")).await.unwrap().is_none());
    let registry = registry::Users::new(&deployment.bench.aws).unwrap();
    let email = Identifier::Email(Email::parse(EMAIL).unwrap());
    let realm = domain::id::OrganizationId::sso();
    let identity = registry.identity(&realm, &email, NOW).await.unwrap();
    assert_eq!(registry.half_deleted(&realm, &identity).await.unwrap(), None::<UserId>);
    assert_eq!(json!(deployment.pointers().await), json!(["7"]));
}

#[tokio::test]
async fn a_move_and_a_deletion_cost_these_calls() {
    let deployment = Deployment::start().await;
    let users = deployment.users();
    // A command looks at the fingerprint of the identifier ring once.
    users.owner(&Email::parse(EMAIL).unwrap(), NOW).await.unwrap();
    let email = RegisteredEmail::parse(NEW).unwrap();
    let change = |user: &mut domain::sso::User| user.email = email.clone();
    let (moved, calls) = deployment.bench.operations_of(users.update(id("6"), change, NOW)).await;
    assert!(matches!(moved.unwrap(), SsoUpdate::Updated(_)));
    let expected = [
        "GetItem USER",
        "PutItem IDENT",
        "UpdateItem USER",
        "UpdateItem IDENT",
        "DeleteItem IDENT",
    ];
    assert_eq!(calls, expected);
    let (deleted, calls) = deployment.bench.operations_of(users.delete(id("6"), || NOW)).await;
    assert!(deleted.unwrap().is_some());
    let expected = [
        "GetItem USER",
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
