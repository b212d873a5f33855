//! What is left of a write that was cut off is in nobody's way.

use registry::{Creation, Update};
use workbench::{Fault, Operation, Plan};

use crate::fixture::{Desk, hurry};

const EMAIL: &str = "email address";
const ADDRESSES: [&str; 2] = ["new@example.com", "+15550001111"];

#[tokio::test]
async fn a_creation_that_was_cut_off_anywhere_is_nobody_and_can_be_done_again() {
    hurry();
    for nth in 0..3 {
        let desk = Desk::open().await;
        let user = desk.user(&ADDRESSES);
        assert!(desk.cut_off(nth, desk.create(&user)).await, "write {nth}");
        assert_eq!(desk.owner(ADDRESSES[0]).await, None, "write {nth}");
        assert!(desk.stored(&user).await.is_none());

        let again = desk.user(&ADDRESSES);
        assert_eq!(desk.create(&again).await.unwrap(), Creation::Created, "write {nth}");
        assert_eq!(desk.owner(ADDRESSES[0]).await, Some(again.id), "write {nth}");
        desk.assert_sound(&format!("write {nth}")).await;
    }
    let desk = Desk::open().await;
    assert!(!desk.cut_off(3, desk.create(&desk.user(&ADDRESSES))).await, "three writes in all");
}

#[tokio::test]
async fn a_creation_that_was_cut_off_can_be_done_again_under_its_own_id() {
    hurry();
    for nth in 0..3 {
        let desk = Desk::open().await;
        let user = desk.user(&ADDRESSES);
        assert!(desk.cut_off(nth, desk.create(&user)).await, "write {nth}");
        assert_eq!(desk.create(&user).await.unwrap(), Creation::Created, "write {nth}");
        assert_eq!(desk.owner(ADDRESSES[0]).await, Some(user.id), "write {nth}");
        desk.assert_sound(&format!("write {nth}")).await;
    }
}

#[tokio::test]
async fn a_move_that_was_cut_off_anywhere_is_made_wholly_or_not_at_all() {
    hurry();
    for nth in 0..3 {
        let desk = Desk::open().await;
        let user = desk.user(&["old@example.com"]);
        assert_eq!(desk.create(&user).await.unwrap(), Creation::Created);
        assert!(desk.cut_off(nth, desk.move_to(&user, "new@example.com")).await, "write {nth}");
        let owners = [desk.owner("old@example.com").await, desk.owner("new@example.com").await];
        let me = Some(user.id.clone());
        let expected = if nth < 2 { [me.clone(), None] } else { [None, me.clone()] };
        assert_eq!(owners, expected, "write {nth}");

        let moved = desk.move_to(&user, "new@example.com").await.unwrap();
        assert!(matches!(moved, Update::Updated(_)), "write {nth}: {moved:?}");
        assert_eq!(desk.owner("new@example.com").await, me, "write {nth}");
        let other = desk.user(&["old@example.com"]);
        assert_eq!(desk.create(&other).await.unwrap(), Creation::Created, "write {nth}");
        assert_eq!(desk.owner("old@example.com").await, Some(other.id), "write {nth}");
        desk.assert_sound(&format!("write {nth}")).await;
    }
}

#[tokio::test]
async fn a_reservation_that_was_left_behind_gives_way_to_another_user() {
    hurry();
    let desk = Desk::open().await;
    let user = desk.user(&["old@example.com"]);
    assert_eq!(desk.create(&user).await.unwrap(), Creation::Created);
    assert!(desk.cut_off(1, desk.move_to(&user, "new@example.com")).await);
    let other = desk.user(&["new@example.com"]);
    assert_eq!(desk.create(&other).await.unwrap(), Creation::Created);
    assert_eq!(desk.owner("new@example.com").await, Some(other.id.clone()));
    let moved = desk.move_to(&user, "new@example.com").await.unwrap();
    assert_eq!(moved, Update::IdentifierTaken { by: other.id, kind: EMAIL });
    assert_eq!(desk.owner("old@example.com").await, Some(user.id));
    desk.assert_sound("the end").await;
}

#[tokio::test]
async fn a_creation_that_lands_late_loses_to_whoever_took_its_identifier_over() {
    hurry();
    let desk = Desk::open().await;
    let late = desk.user(&["rare@example.com"]);
    desk.bench.follow(Plan::always(Fault::Late, |call| call.item == "USER" && call.is_write()));
    assert!(desk.create(&late).await.is_err(), "its fate can't be told");
    desk.bench.follow(Plan::default());
    let prompt = desk.user(&["rare@example.com"]);
    assert_eq!(desk.create(&prompt).await.unwrap(), Creation::Created);
    assert!(desk.bench.deliver_late_calls().await.unwrap() > 0);
    assert_eq!(desk.owner("rare@example.com").await, Some(prompt.id.clone()));
    assert!(desk.stored(&late).await.is_none());
    let there = desk.stored(&prompt).await.unwrap();
    assert_eq!(desk.create(&late).await.unwrap(), Creation::AlreadyExists(Box::new(there)));
    desk.assert_sound("the end").await;
}

#[tokio::test]
async fn a_move_that_lands_late_loses_to_whoever_took_its_identifier_over() {
    hurry();
    let desk = Desk::open().await;
    let user = desk.user(&["old@example.com"]);
    assert_eq!(desk.create(&user).await.unwrap(), Creation::Created);
    desk.bench.follow(Plan::always(Fault::Late, |call| call.item == "USER" && call.is_write()));
    assert!(desk.move_to(&user, "rare@example.com").await.is_err(), "its fate can't be told");
    desk.bench.follow(Plan::default());
    let prompt = desk.user(&["rare@example.com"]);
    assert_eq!(desk.create(&prompt).await.unwrap(), Creation::Created);
    assert!(desk.bench.deliver_late_calls().await.unwrap() > 0);
    assert_eq!(desk.owner("rare@example.com").await, Some(prompt.id));
    assert_eq!(desk.owner("old@example.com").await, Some(user.id));
    desk.assert_sound("the end").await;
}

#[tokio::test]
async fn a_take_over_that_lands_late_takes_nothing_from_whoever_owns_the_identifier_by_then() {
    hurry();
    let desk = Desk::open().await;
    let dead = desk.user(&["rare@example.com"]);
    assert!(desk.cut_off(1, desk.create(&dead)).await);
    let is_take_over = |call: &Operation| call.item == "IDENT" && call.name == "UpdateItem";
    desk.bench.follow(Plan::always(Fault::Late, is_take_over));
    assert!(desk.create(&desk.user(&["rare@example.com"])).await.is_err());
    desk.bench.follow(Plan::default());
    let owner = desk.user(&["rare@example.com"]);
    assert_eq!(desk.create(&owner).await.unwrap(), Creation::Created);
    assert!(desk.bench.deliver_late_calls().await.unwrap() > 0);
    assert_eq!(desk.owner("rare@example.com").await, Some(owner.id));
    desk.assert_sound("the end").await;
}

#[tokio::test]
async fn late_copies_of_a_ruling_out_and_of_a_move_bring_no_address_back() {
    hurry();
    let desk = Desk::open().await;
    let user = desk.user(&["first@example.com"]);
    assert_eq!(desk.create(&user).await.unwrap(), Creation::Created);
    assert!(desk.cut_off(1, desk.move_to(&user, "rare@example.com")).await);
    let is_change = |call: &Operation| call.item == "USER" && call.name == "UpdateItem";
    // Another user takes the address over, which gives this one another revision…
    desk.bench.follow(Plan::once(Fault::Late, is_change));
    let other = desk.user(&["rare@example.com"]);
    assert_eq!(desk.create(&other).await.unwrap(), Creation::Created);
    // … that the next move starts from.
    desk.bench.follow(Plan::once(Fault::Late, is_change));
    for address in ["second@example.com", "third@example.com"] {
        let moved = desk.move_to(&user, address).await.unwrap();
        assert!(matches!(moved, Update::Updated(_)), "{moved:?}");
    }
    assert_eq!(desk.bench.deliver_late_calls().await.unwrap(), 2);
    assert_eq!(desk.owner("third@example.com").await, Some(user.id));
    assert_eq!(desk.owner("second@example.com").await, None);
    desk.assert_sound("the end").await;
}
