use domain::time::Timestamp;
use runtime::resources::TableName;

use workbench::portal::{Portal, days, seconds};
use workbench::{Fault, NOW, Plan};

const KEY: &str = "rotation-0123456789";

fn just_before(instant: Timestamp) -> Timestamp {
    Timestamp::from_millis(instant.millis() - 1)
}

#[tokio::test]
async fn a_rotated_token_cannot_be_rotated_again_and_takes_its_family_along() {
    let portal = Portal::start().await;
    let first = portal.sign_in(NOW).await;
    let second = portal.refresh(&first, NOW).await.refresh_token();
    assert_eq!(portal.refresh(&first, NOW).await.code(), "REFRESH_REUSED");
    assert_eq!(portal.refresh(&second, NOW).await.code(), "REFRESH_REUSED");
}

#[tokio::test]
async fn a_family_slides_for_thirty_days() {
    let portal = Portal::start().await;
    let token = portal.sign_in(NOW).await;
    assert_eq!(portal.refresh(&token, NOW.plus(days(30))).await.code(), "REFRESH_EXPIRED");
    let last = just_before(NOW.plus(days(30)));
    let token = portal.refresh(&token, last).await.refresh_token();
    assert_eq!(portal.refresh(&token, just_before(last.plus(days(30)))).await.status, 200);
}

#[tokio::test]
async fn an_idempotency_key_neither_revives_a_family_that_has_expired_nor_one_that_was_revoked() {
    const KEY: &str = "key-of-one-request-0123";
    let portal = Portal::start().await;
    let token = portal.sign_in(NOW).await;
    let late = portal.refresh_idempotently(&token, KEY, NOW.plus(days(30))).await;
    assert_eq!(late.code(), "REFRESH_EXPIRED");
    assert_eq!(portal.logout(&token, NOW).await.status, 200);
    assert_eq!(portal.refresh_idempotently(&token, KEY, NOW).await.code(), "REFRESH_REUSED");
}

#[tokio::test]
async fn a_family_ends_after_ninety_days_however_often_it_is_rotated() {
    let portal = Portal::start().await;
    let mut token = portal.sign_in(NOW).await;
    for day in [29, 58, 87] {
        token = portal.refresh(&token, NOW.plus(days(day))).await.refresh_token();
    }
    let end = NOW.plus(days(90));
    assert_eq!(portal.refresh(&token, end).await.code(), "REFRESH_EXPIRED");
    assert_eq!(portal.refresh(&token, just_before(end)).await.status, 200);
}

#[tokio::test]
async fn a_replay_is_told_before_an_expiry_of_the_same_family_once_it_was_revoked() {
    let portal = Portal::start().await;
    let first = portal.sign_in(NOW).await;
    assert_eq!(portal.refresh(&first, NOW).await.status, 200);
    assert_eq!(portal.refresh(&first, NOW).await.code(), "REFRESH_REUSED");
    assert_eq!(portal.refresh(&first, NOW.plus(days(31))).await.code(), "REFRESH_REUSED");
}

#[tokio::test]
async fn a_retry_with_its_idempotency_key_gets_the_same_token_for_ten_minutes() {
    let portal = Portal::start().await;
    let first = portal.sign_in(NOW).await;
    let second = portal.refresh_idempotently(&first, KEY, NOW).await.refresh_token();
    let retried = portal.refresh_idempotently(&first, KEY, NOW.plus(seconds(599))).await;
    assert_eq!(retried.refresh_token(), second);
    let late = portal.refresh_idempotently(&first, KEY, NOW.plus(seconds(600))).await;
    assert_eq!(late.code(), "REFRESH_REUSED");
}

#[tokio::test]
async fn a_retry_does_not_lengthen_the_family() {
    let portal = Portal::start().await;
    let first = portal.sign_in(NOW).await;
    let second = portal.refresh_idempotently(&first, KEY, NOW).await.refresh_token();
    assert_eq!(portal.refresh_idempotently(&first, KEY, NOW.plus(seconds(300))).await.status, 200);
    let end = NOW.plus(days(30));
    assert_eq!(portal.refresh(&second, end).await.code(), "REFRESH_EXPIRED");
    assert_eq!(portal.refresh(&second, just_before(end)).await.status, 200);
}

#[tokio::test]
async fn a_thief_without_the_idempotency_key_trips_the_family() {
    let portal = Portal::start().await;
    for (thief, now) in [(None, NOW), (Some("another-key-0123456789"), NOW.plus(seconds(1)))] {
        let first = portal.sign_in(now).await;
        let second = portal.refresh_idempotently(&first, KEY, NOW).await.refresh_token();
        let stolen = match thief {
            Some(key) => portal.refresh_idempotently(&first, key, NOW).await,
            None => portal.refresh(&first, NOW).await,
        };
        assert_eq!(stolen.code(), "REFRESH_REUSED");
        assert_eq!(portal.refresh(&second, NOW).await.code(), "REFRESH_REUSED");
    }
}

#[tokio::test]
async fn a_retry_after_its_successor_was_used_is_held_back_and_then_a_replay() {
    let portal = Portal::start().await;
    let first = portal.sign_in(NOW).await;
    let second = portal.refresh_idempotently(&first, KEY, NOW).await.refresh_token();
    let third = portal.refresh(&second, NOW).await.refresh_token();
    let slow_copy = portal.refresh_idempotently(&first, KEY, NOW.plus(seconds(9))).await;
    assert_eq!(slow_copy.code(), "UNAVAILABLE");
    let third = portal.refresh(&third, NOW.plus(seconds(9))).await.refresh_token();
    let replay = portal.refresh_idempotently(&first, KEY, NOW.plus(seconds(20))).await;
    assert_eq!(replay.code(), "REFRESH_REUSED");
    assert_eq!(portal.refresh(&third, NOW.plus(seconds(20))).await.code(), "REFRESH_REUSED");
}

#[tokio::test]
async fn a_token_of_nobody_or_of_another_tenant_revokes_nothing() {
    let portal = Portal::start().await;
    let neighbour = portal.neighbour().await;
    let token = portal.sign_in(NOW).await;
    assert_eq!(portal.refresh("of-nobody", NOW).await.code(), "REFRESH_INVALID");
    assert_eq!(neighbour.refresh(&token, NOW).await.code(), "REFRESH_INVALID");
    assert_eq!(portal.refresh(&token, NOW).await.status, 200);
}

#[tokio::test]
async fn the_token_of_a_user_who_is_gone_is_invalid_before_it_is_a_replay() {
    let portal = Portal::start().await;
    let first = portal.sign_in(NOW).await;
    let second = portal.refresh(&first, NOW).await.refresh_token();
    let user = &portal.patient.user;
    portal.bench.disable(user).await.unwrap();
    assert_eq!(portal.refresh(&first, NOW).await.code(), "REFRESH_INVALID");
    assert_eq!(portal.refresh(&second, NOW).await.code(), "REFRESH_INVALID");
}

#[tokio::test]
async fn signing_out_everywhere_ends_what_was_started_at_or_before_the_bound() {
    let portal = Portal::start().await;
    let before = portal.sign_in(NOW).await;
    let user = &portal.patient.user;
    let bound = NOW.plus(seconds(5));
    portal.bench.end_sessions(user, bound).await.unwrap();
    assert_eq!(portal.refresh(&before, NOW.plus(seconds(6))).await.code(), "REFRESH_INVALID");
    let after = portal.sign_in(NOW.plus(seconds(6))).await;
    assert_eq!(portal.refresh(&after, NOW.plus(seconds(7))).await.status, 200);
    portal.bench.end_sessions(user, NOW).await.unwrap();
    let again = portal.sign_in(NOW.plus(seconds(8))).await;
    assert_eq!(portal.refresh(&again, NOW.plus(seconds(9))).await.status, 200);
    assert_eq!(portal.verify("000000", bound).await.status, 401, "the bound never moves back");
}

#[tokio::test]
async fn a_forgotten_family_is_expired() {
    let portal = Portal::start().await;
    let token = portal.sign_in(NOW).await;
    portal.bench.delete(TableName::Sessions, "FAM#").await.unwrap();
    assert_eq!(portal.refresh(&token, NOW).await.code(), "REFRESH_EXPIRED");
}

/// Each call with a revoked token wrote an item that stayed for 92 days.
#[tokio::test]
async fn a_refused_refresh_leaves_nothing_behind() {
    let portal = Portal::start().await;
    let first = portal.sign_in(NOW).await;
    let second = portal.refresh_idempotently(&first, KEY, NOW).await.refresh_token();
    let items = async || portal.bench.scan(TableName::Sessions).await.unwrap().len();
    let before = items().await;
    assert_eq!(portal.refresh_idempotently(&second, KEY, NOW).await.status, 400);
    assert_eq!(items().await, before, "the key was used");
    let end = NOW.plus(days(30));
    assert_eq!(portal.refresh(&second, end).await.code(), "REFRESH_EXPIRED");
    assert_eq!(items().await, before, "expired");
    for key in [None, Some("another-key-0123456789")] {
        for _ in 0..2 {
            let answer = match key {
                Some(key) => portal.refresh_idempotently(&first, key, NOW).await,
                None => portal.refresh(&first, NOW).await,
            };
            assert_eq!(answer.code(), "REFRESH_REUSED");
            assert_eq!(items().await, before, "replayed, then revoked, with the key {key:?}");
        }
    }
    portal.bench.disable(&portal.patient.user).await.unwrap();
    assert_eq!(portal.refresh(&second, NOW).await.code(), "REFRESH_INVALID");
    assert_eq!(items().await, before, "of a user who is disabled");
}

#[tokio::test]
async fn a_refused_refresh_leaves_the_pointer_of_an_earlier_try_alone() {
    let portal = Portal::start().await;
    let first = portal.sign_in(NOW).await;
    let second = portal.refresh_idempotently(&first, KEY, NOW).await.refresh_token();
    assert_eq!(portal.logout(&second, NOW).await.status, 200);
    assert_eq!(portal.refresh_idempotently(&first, KEY, NOW).await.code(), "REFRESH_REUSED");
    assert_eq!(portal.refresh(&second, NOW).await.code(), "REFRESH_REUSED", "not: invalid");
}

#[tokio::test]
async fn the_pointer_of_a_rotation_in_doubt_stays() {
    let portal = Portal::start().await;
    let first = portal.sign_in(NOW).await;
    portal
        .bench
        .follow(Plan::always(Fault::Late, |call| call.item == "FAM" && call.name == "UpdateItem"));
    assert_eq!(portal.refresh_idempotently(&first, KEY, NOW).await.code(), "UNAVAILABLE");
    assert!(portal.bench.deliver_late_calls().await.unwrap() > 0);
    portal.bench.follow(Plan::default());
    let second = portal.refresh_idempotently(&first, KEY, NOW).await.refresh_token();
    assert_eq!(portal.refresh(&second, NOW).await.status, 200);
}
