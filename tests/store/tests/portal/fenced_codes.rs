//! Codes of an organization that was fenced once. Its puts and attempts have one clause more, so they are
//! writes of their own: every fault, and everything that the other clauses are for.

use std::sync::Arc;

use domain::time::Timestamp;
use workbench::portal::{Portal, another, seconds};
use workbench::{Fault, NOW, Plan};

const KEY: &str = "key-of-one-request-0123";
const OTHER: &str = "key-of-another-request-4567";

/// An organization whose fence has been over for a while.
async fn fenced(sends_per_day: u32) -> Arc<Portal> {
    let portal = Portal::limited(sends_per_day).await;
    let earlier = Timestamp::from_seconds(NOW.seconds() - 1000);
    portal.bench.fence(&portal.tenant.organization.id, earlier).await.unwrap();
    portal
}

fn at(later: u64) -> Timestamp {
    NOW.plus(seconds(later))
}

#[tokio::test]
async fn a_send_survives_every_fault_of_every_write() {
    for fault in Fault::HIDDEN {
        for write in 0..5 {
            let portal = fenced(2).await;
            portal.bench.strike(fault, write);
            let what = format!("{fault:?} at write {write}");
            assert_eq!(portal.send(NOW).await.status, 200, "{what}");
            assert_eq!(portal.send(at(1)).await.status, 200, "{what}");
            portal.bench.calm().await.unwrap();
            let code = portal.code(NOW).await;
            assert_eq!(portal.verify(&code, NOW).await.status, 200, "{what}");
        }
    }
}

#[tokio::test]
async fn a_repeated_send_survives_every_fault_of_every_write() {
    for fault in Fault::HIDDEN {
        for write in 0..4 {
            let portal = fenced(0).await;
            portal.bench.strike(fault, write);
            let what = format!("{fault:?} at write {write}");
            portal.send(NOW).await;
            assert_eq!(portal.send_idempotently(KEY, at(1)).await.status, 200, "{what}");
            portal.bench.calm().await.unwrap();
            let delivery = portal.challenge().await.unwrap();
            assert_eq!(portal.send_idempotently(KEY, at(2)).await.status, 200, "{what}");
            assert_eq!(portal.challenge().await.unwrap(), delivery, "{what}");
        }
    }
}

#[tokio::test]
async fn a_fault_never_burns_a_second_attempt() {
    for fault in Fault::HIDDEN {
        let portal = fenced(0).await;
        let code = portal.fresh_code(NOW).await;
        for _ in 0..2 {
            portal.bench.strike(fault, 0);
            assert_eq!(portal.verify(&another(&code), NOW).await.status, 401);
        }
        portal.bench.strike(fault, 0);
        assert_eq!(portal.verify(&code, NOW).await.status, 200, "{fault:?}: the third of three");
    }
}

#[tokio::test]
async fn a_code_has_three_attempts_and_five_minutes() {
    let portal = fenced(0).await;
    let code = portal.fresh_code(NOW).await;
    for _ in 0..5 {
        assert_eq!(portal.verify(&code, at(300)).await.status, 401, "expired, and not counted");
    }
    for _ in 0..2 {
        assert_eq!(portal.verify(&another(&code), NOW).await.status, 401);
    }
    assert_eq!(portal.verify(&code, NOW).await.status, 200);

    let code = portal.fresh_code(at(1)).await;
    for _ in 0..3 {
        assert_eq!(portal.verify(&another(&code), at(1)).await.status, 401);
    }
    assert_eq!(portal.verify(&code, at(1)).await.status, 401);
    let code = portal.fresh_code(at(2)).await;
    assert_eq!(portal.verify(&code, at(2)).await.status, 200, "a spent one is replaced");
}

#[tokio::test]
async fn a_code_is_sent_again_for_half_its_life_and_replaced_afterwards() {
    let portal = fenced(0).await;
    let first = portal.fresh_code(NOW).await;
    assert_eq!(portal.fresh_code(at(150)).await, first);
    let second = portal.fresh_code(at(151)).await;
    assert_eq!(portal.verify(&first, at(152)).await.status, 401);
    assert_eq!(portal.verify(&second, at(152)).await.status, 200);
    let third = portal.fresh_code(at(153)).await;
    assert_eq!(portal.verify(&third, at(153)).await.status, 200, "a used one is replaced at once");
}

#[tokio::test]
async fn a_clock_that_steps_back_does_not_replace_a_newer_code() {
    let portal = fenced(0).await;
    let code = portal.fresh_code(NOW).await;
    for _ in 0..3 {
        assert_eq!(portal.verify(&another(&code), NOW).await.status, 401);
    }
    let behind = Timestamp::from_millis(NOW.millis() - 1);
    let before = portal.challenge().await.unwrap();
    for key in [None, Some(KEY)] {
        let answer = match key {
            Some(key) => portal.send_idempotently(key, behind).await,
            None => portal.send(behind).await,
        };
        assert_eq!(answer.status, 200);
        assert_eq!(portal.challenge().await.unwrap(), before, "{key:?}");
    }
}

#[tokio::test]
async fn late_copies_of_attempts_spare_the_code_that_came_since() {
    let portal = fenced(0).await;
    let wrong = another(&portal.fresh_code(NOW).await);
    for _ in 0..3 {
        portal.bench.strike(Fault::Late, 0);
        assert_eq!(portal.verify(&wrong, NOW).await.status, 401);
    }
    portal.bench.follow(Plan::default());
    let code = portal.fresh_code(at(6)).await;
    assert!(portal.bench.deliver_late_calls().await.unwrap() >= 3);
    assert_eq!(portal.verify(&code, at(6)).await.status, 200);
}

#[tokio::test]
async fn a_repeated_send_sends_nothing_again_until_its_code_is_over_or_ten_minutes_are() {
    let portal = fenced(0).await;
    portal.send_idempotently(KEY, NOW).await;
    let delivery = portal.challenge().await.unwrap();
    for later in [1, 200, 299] {
        portal.send_idempotently(KEY, at(later)).await;
        assert_eq!(portal.challenge().await.unwrap(), delivery, "after {later} s");
    }
    portal.send_idempotently(OTHER, at(200)).await;
    assert_ne!(portal.challenge().await.unwrap(), delivery, "another request");

    portal.send_idempotently(KEY, at(500)).await;
    let second = portal.code(at(500)).await;
    for _ in 0..3 {
        portal.verify(&another(&second), at(501)).await;
    }
    portal.send_idempotently(KEY, at(502)).await;
    let third = portal.code(at(502)).await;
    assert_eq!(portal.verify(&third, at(503)).await.status, 200, "the second was spent");
    let tombstone = portal.challenge().await.unwrap();
    portal.send_idempotently(KEY, at(1102)).await;
    assert_eq!(portal.challenge().await.unwrap(), tombstone, "the code was used");
    portal.send_idempotently(KEY, at(1103)).await;
    assert_ne!(portal.challenge().await.unwrap(), tombstone, "ten minutes are over");
}

#[tokio::test]
async fn a_repeated_send_brings_a_new_code_once_the_old_one_has_expired() {
    let portal = fenced(0).await;
    portal.send_idempotently(KEY, NOW).await;
    portal.send_idempotently(KEY, at(300)).await;
    let code = portal.code(at(300)).await;
    assert_eq!(portal.verify(&code, at(301)).await.status, 200);
}

#[tokio::test]
async fn a_send_with_a_key_replaces_a_code_that_was_sent_without_one() {
    let portal = fenced(0).await;
    portal.send(NOW).await;
    portal.send_idempotently(KEY, at(151)).await;
    let code = portal.code(at(151)).await;
    assert_eq!(portal.verify(&code, at(310)).await.status, 200, "the first one has expired");
}

#[tokio::test]
async fn a_send_that_is_repeated_after_a_fence_brings_a_code_that_works() {
    let portal = Portal::start().await;
    portal.send_idempotently(KEY, NOW).await;
    let fence = portal.bench.fence(&portal.tenant.organization.id, NOW).await.unwrap();
    let over = domain::fence::over_at(fence);
    let fresh = portal.another_instance();
    assert_eq!(fresh.send_idempotently(KEY, over).await.status, 200);
    let code = fresh.code(over).await;
    assert_eq!(fresh.verify(&code, over).await.status, 200);
}

#[tokio::test]
async fn a_send_that_is_repeated_after_its_code_was_used_and_a_fence_sends_nothing() {
    let portal = Portal::start().await;
    portal.send_idempotently(KEY, NOW).await;
    let code = portal.code(NOW).await;
    assert_eq!(portal.verify(&code, NOW).await.status, 200);
    let fence = portal.bench.fence(&portal.tenant.organization.id, NOW).await.unwrap();
    let (over, tombstone) = (domain::fence::over_at(fence), portal.challenge().await.unwrap());
    assert_eq!(portal.another_instance().send_idempotently(KEY, over).await.status, 200);
    assert_eq!(portal.challenge().await.unwrap(), tombstone);
}
