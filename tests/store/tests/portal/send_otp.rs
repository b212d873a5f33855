use workbench::NOW;
use workbench::portal::{Portal, another, days, seconds};

#[tokio::test]
async fn a_code_is_sent_again_while_half_its_life_is_left_and_replaced_afterwards() {
    let portal = Portal::start().await;
    let first = portal.fresh_code(NOW).await;
    assert_eq!(portal.fresh_code(NOW.plus(seconds(150))).await, first);
    let second = portal.fresh_code(NOW.plus(seconds(151))).await;
    assert_ne!(second, first);
    assert_eq!(portal.verify(&first, NOW.plus(seconds(152))).await.status, 401);
    assert_eq!(portal.verify(&second, NOW.plus(seconds(152))).await.status, 200);
}

#[tokio::test]
async fn sending_again_buys_neither_attempts_nor_time() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    for _ in 0..2 {
        assert_eq!(portal.verify(&another(&code), NOW).await.status, 401);
        assert_eq!(portal.fresh_code(NOW.plus(seconds(100))).await, code);
    }
    assert_eq!(portal.verify(&another(&code), NOW).await.status, 401);
    assert_eq!(portal.verify(&code, NOW).await.status, 401, "three attempts are spent");
    let fresh = portal.fresh_code(NOW.plus(seconds(101))).await;
    assert_eq!(portal.verify(&fresh, NOW.plus(seconds(101))).await.status, 200);
}

#[tokio::test]
async fn a_used_code_is_replaced_at_once() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    assert_eq!(portal.verify(&code, NOW).await.status, 200);
    let fresh = portal.fresh_code(NOW.plus(seconds(1))).await;
    assert_eq!(portal.verify(&fresh, NOW.plus(seconds(1))).await.status, 200);
}

#[tokio::test]
async fn over_the_limit_nothing_is_sent_until_midnight() {
    let portal = Portal::limited(2).await;
    for _ in 0..2 {
        assert_eq!(portal.send(NOW).await.status, 200);
    }
    let refused = portal.send(NOW).await;
    assert_eq!((refused.status, refused.code()), (429, "RATE_LIMITED"));
    // It is 03:04:05.678, UTC.
    assert_eq!(refused.retry_after.as_deref(), Some("75355"));
    assert_eq!(portal.send(NOW.plus(seconds(75_354))).await.status, 429, "23:59:59.678");
    assert_eq!(portal.send(NOW.plus(seconds(75_355))).await.status, 200, "another day");
}

#[tokio::test]
async fn the_limit_is_the_same_for_known_and_unknown_identifiers() {
    let portal = Portal::limited(3).await;
    for _ in 0..5 {
        let known = portal.send(NOW).await;
        assert_eq!(portal.send_to("nobody@example.com", NOW).await, known);
    }
}

#[tokio::test]
async fn a_clock_that_steps_back_does_not_replace_a_newer_code() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    for _ in 0..3 {
        assert_eq!(portal.verify(&another(&code), NOW).await.status, 401);
    }
    let behind = domain::time::Timestamp::from_millis(NOW.millis() - 1);
    let before = portal.challenge().await.unwrap();
    assert_eq!(portal.send(behind).await.status, 200);
    assert_eq!(portal.challenge().await.unwrap(), before, "the next send mends it");
    assert_eq!(portal.send(NOW.plus(seconds(1))).await.status, 200);
    assert_ne!(portal.challenge().await.unwrap(), before);
}

#[tokio::test]
async fn a_code_of_yesterday_whose_item_was_not_deleted_yet_is_replaced() {
    let portal = Portal::start().await;
    let old = portal.fresh_code(NOW).await;
    let tomorrow = NOW.plus(days(1));
    assert_eq!(portal.verify(&old, tomorrow).await.status, 401);
    let fresh = portal.fresh_code(tomorrow).await;
    assert_eq!(portal.verify(&fresh, tomorrow).await.status, 200);
}
