//! An identifier leads to its owner and to nobody else, at every sign-in.

use domain::id::UserId;
use domain::user::User;
use registry::Creation;
use runtime::event::Change;
use workbench::portal::{Portal, seconds};
use workbench::{Fault, NOW, Operation, Plan};

use crate::fixture::moved;

fn is_pointer_read(call: &Operation) -> bool {
    call.item == "IDENT" && !call.is_write()
}

#[tokio::test]
async fn a_code_for_an_address_that_was_moved_signs_nobody_in_even_by_a_stale_pointer() {
    for fault in [Fault::None, Fault::Stale] {
        let portal = Portal::start().await;
        let code = portal.fresh_code(NOW).await;
        moved(&portal, "moved@example.com").await;
        portal.bench.follow(Plan::always(fault, is_pointer_read));
        let answer = portal.verify(&code, NOW.plus(seconds(1))).await;
        assert_eq!(answer.status, 401, "{fault:?}");
    }
}

#[tokio::test]
async fn a_code_that_could_not_be_withdrawn_signs_in_neither_its_owner_nor_the_next_one() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    portal.bench.follow(Plan::always(Fault::Error, |call| call.item == "OTP"));
    moved(&portal, "moved@example.com").await;
    portal.bench.follow(Plan::default());
    assert_eq!(portal.verify(&code, NOW.plus(seconds(1))).await.status, 401);

    let users = portal.bench.users().unwrap();
    assert_eq!(users.create(&heir(&portal), NOW).await.unwrap(), Creation::Created);
    portal.bench.settle();
    assert_eq!(portal.verify(&code, NOW.plus(seconds(1))).await.status, 401);
    portal.sign_in(NOW.plus(seconds(2))).await;
}

#[tokio::test]
async fn while_a_code_is_live_its_address_has_no_next_owner() {
    // The code is withdrawn before the pointer is released: stopped in between, the pointer is there.
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    let is_release = |call: &Operation| call.item == "IDENT" && call.name == "DeleteItem";
    portal.bench.follow(Plan::always(Fault::Error, is_release));
    moved(&portal, "moved@example.com").await;
    portal.bench.follow(Plan::default());
    let challenge = portal.challenge().await.unwrap();
    assert!(!challenge.contains_key("codeHash"), "the code is withdrawn");
    assert_eq!(portal.verify(&code, NOW.plus(seconds(1))).await.status, 401);
}

/// The stream may bring the change of a send after the address was moved.
#[tokio::test]
async fn a_code_for_an_address_that_was_moved_is_not_sent_to_the_new_one() {
    for fault in [Fault::None, Fault::Stale] {
        let portal = Portal::start().await;
        assert_eq!(portal.send(NOW).await.status, 200);
        let change = Change { new: Some(portal.challenge().await.unwrap()), old: None };
        moved(&portal, "moved@example.com").await;
        portal.bench.follow(Plan::always(fault, is_pointer_read));
        assert_eq!(portal.deliver_change(change, NOW).await, "unknown", "{fault:?}");
        assert!(portal.bench.inbox.sent().is_empty(), "{fault:?}");
    }
}

/// A user who has the patient's address after it was moved.
fn heir(portal: &Portal) -> User {
    User { id: UserId::random(), phone: None, ..portal.patient.user.clone() }
}

#[tokio::test]
async fn whoever_gets_an_address_that_was_moved_signs_in_with_it() {
    let portal = Portal::start().await;
    let heir = heir(&portal);
    moved(&portal, "moved@example.com").await;
    let creation = portal.bench.users().unwrap().create(&heir, NOW).await.unwrap();
    assert_eq!(creation, Creation::Created);
    portal.bench.settle();
    let token = portal.sign_in(NOW).await;
    let answer = portal.refresh(&token, NOW.plus(seconds(1))).await;
    let me = portal.me(&answer.access_token(), NOW.plus(seconds(2))).await;
    assert_eq!(me.body["data"]["userId"], heir.id.as_str());
}
