//! The fence of an organization: what is from before it ends, and until it is over nobody signs in.

use std::sync::Arc;

use domain::fence::MARGIN;
use domain::id::UserId;
use domain::otp::Channel;
use domain::time::Timestamp;
use domain::token::refresh::RefreshToken;
use runtime::resources::TableName;
use runtime::telemetry::measured;
use store::{Session, Sessions};
use workbench::NOW;
use workbench::portal::{Portal, seconds};

/// The first second after a fence that an operator sets now.
fn over() -> Timestamp {
    domain::fence::over_at(NOW.plus(MARGIN))
}

async fn fence(portal: &Portal) -> Timestamp {
    portal.bench.fence(&portal.tenant.organization.id, NOW).await.unwrap()
}

#[tokio::test]
async fn a_fence_ends_every_session_and_access_token_from_before_it() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    let signed_in = portal.verify(&code, NOW).await;
    let (refresh, access) = (signed_in.refresh_token(), signed_in.access_token());
    let fresh = portal.another_instance();
    assert_eq!(fresh.me(&access, NOW).await.status, 200);
    fence(&portal).await;

    let fresh = portal.another_instance();
    assert_eq!(fresh.refresh(&refresh, over()).await.code(), "REFRESH_INVALID");
    let me = fresh.me(&access, over()).await;
    assert_eq!((me.status, me.body["error"].as_str()), (401, Some("Invalid or expired token")));
    assert_eq!(fresh.logout(&refresh, over()).await.status, 200);

    let token = fresh.sign_in(over()).await;
    assert_eq!(fresh.refresh(&token, over()).await.status, 200, "a new session");
}

#[tokio::test]
async fn a_refused_refresh_revokes_its_family_for_good() {
    let portal = Portal::start().await;
    let token = portal.sign_in(NOW).await;
    let organizations = portal.bench.scan(TableName::Organizations).await.unwrap();
    fence(&portal).await;
    let refused = portal.another_instance().refresh(&token, over()).await;
    assert_eq!(refused.code(), "REFRESH_INVALID");
    portal.bench.restore(TableName::Organizations, &organizations).await.unwrap();
    let later = portal.another_instance().refresh(&token, over()).await;
    assert_eq!(later.code(), "REFRESH_REUSED", "the fence is gone, the revocation isn't");
}

#[tokio::test]
async fn a_signed_out_session_that_a_restored_table_brings_back_ends_with_a_fence() {
    let portal = Portal::start().await;
    let [token, other] = [portal.sign_in(NOW).await, portal.sign_in(NOW.plus(seconds(1))).await];
    let sessions = portal.bench.scan(TableName::Sessions).await.unwrap();
    for token in [&token, &other] {
        assert_eq!(portal.logout(token, NOW).await.status, 200);
    }
    portal.bench.restore(TableName::Sessions, &sessions).await.unwrap();
    assert_eq!(portal.refresh(&other, NOW).await.status, 200, "the restored table forgot it");
    portal.bench.restore(TableName::Sessions, &sessions).await.unwrap();
    fence(&portal).await;

    let fresh = portal.another_instance();
    for token in [&token, &other] {
        assert_eq!(fresh.refresh(token, over()).await.code(), "REFRESH_INVALID");
    }
    let token = fresh.sign_in(over()).await;
    assert_eq!(fresh.refresh(&token, over()).await.status, 200);
}

#[tokio::test]
async fn a_fence_ends_all_sessions_of_a_thousand_users_with_one_write() {
    let portal = Portal::start().await;
    let (sessions, now) = (Arc::new(Sessions::new(&portal.bench.aws).unwrap()), NOW);
    let mut tokens = Vec::new();
    for _ in 0..1000 {
        // The patient's own item stands for all users: none of them is signed out by it.
        let token = RefreshToken::random();
        let user = &portal.patient.user.id;
        put_session(&sessions, &portal, user, &token, now).await;
        tokens.push(token);
    }
    let stranger = RefreshToken::random();
    put_session(&sessions, &portal, &UserId::random(), &stranger, now).await;
    assert_eq!(portal.refresh(tokens.pop().unwrap().expose(), NOW).await.status, 200);

    let (_, call) = measured(fence(&portal)).await;
    assert_eq!((call.operations, call.round_trips), (1, 1));
    assert!((call.write_units - 1.0).abs() < f64::EPSILON, "{call:?}");
    let fresh = portal.another_instance();
    for token in &tokens {
        assert_eq!(fresh.refresh(token.expose(), over()).await.code(), "REFRESH_INVALID");
    }
    assert_eq!(fresh.refresh(stranger.expose(), over()).await.code(), "REFRESH_INVALID");
}

async fn put_session(
    sessions: &Sessions,
    portal: &Portal,
    user: &UserId,
    token: &RefreshToken,
    now: Timestamp,
) {
    let session = Session::start(&portal.tenant.organization.id, user, now);
    sessions.put_family(&session, Channel::Email, &token.digest(), now).await.unwrap();
    sessions.put_pointer(&session, &token.digest()).await.unwrap();
}

#[tokio::test]
async fn an_instance_that_does_not_know_of_the_fence_starts_no_session_that_lives_on() {
    let portal = Portal::start().await;
    // These instances read the organization just before the fence, and cache it for a minute.
    let before = portal.sign_in(NOW).await;
    let before = portal.refresh(&before, NOW).await.refresh_token();
    fence(&portal).await;
    let last = NOW.plus(seconds(59));
    let code = portal.fresh_code(last).await;
    let signed_in = portal.verify(&code, last).await;
    let (refresh, access) = (signed_in.refresh_token(), signed_in.access_token());
    let continued = portal.refresh(&before, last).await.refresh_token();

    let fresh = portal.another_instance();
    for now in [last, over()] {
        assert_eq!(fresh.me(&access, now).await.status, 401, "{now}");
    }
    for token in [&refresh, &continued] {
        assert_eq!(fresh.refresh(token, over()).await.code(), "REFRESH_INVALID");
    }
    // A minute later at the latest, these instances know of it, too.
    let answer = portal.send(NOW.plus(seconds(60))).await;
    assert_eq!((answer.status, answer.retry_after.as_deref()), (503, Some("11")));
}

#[tokio::test]
async fn until_a_fence_is_over_neither_sends_nor_attempts_are_counted() {
    let portal = Portal::limited(2).await;
    let code = portal.fresh_code(NOW).await;
    let before = portal.challenge().await.unwrap();
    fence(&portal).await;
    let fresh = portal.another_instance();
    // It is 05.678, and the fence is at 15.678: a token of the second 15 would be from before it.
    for (later, seconds_left) in [(0, "70"), (1, "70"), (2, "69"), (69, "2"), (70, "1")] {
        let now = NOW.plus(seconds(later));
        for call in [fresh.send(now).await, fresh.verify(&code, now).await] {
            assert_eq!((call.status, call.code()), (503, "UNAVAILABLE"), "{later} s later");
            assert_eq!(call.retry_after.as_deref(), Some(seconds_left), "{later} s later");
        }
    }
    assert_eq!(portal.challenge().await.unwrap(), before, "neither sent nor attempted");
    assert_eq!(fresh.send(over()).await.status, 200, "one of two sends was left");
    assert_eq!(fresh.send(over()).await.status, 429);
}

#[tokio::test]
async fn a_fence_of_one_organization_is_none_of_anothers_business() {
    let portal = Portal::start().await;
    let neighbour = portal.neighbour().await;
    let token = neighbour.sign_in(NOW).await;
    fence(&portal).await;
    let neighbour = neighbour.another_instance();
    assert_eq!(neighbour.refresh(&token, NOW).await.status, 200);
    neighbour.sign_in(NOW.plus(seconds(1))).await;
}

#[tokio::test]
async fn a_used_code_that_a_restored_table_brings_back_ends_with_a_fence() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    let challenges = portal.bench.scan(TableName::Challenges).await.unwrap();
    assert_eq!(portal.verify(&code, NOW).await.status, 200);
    portal.bench.restore(TableName::Challenges, &challenges).await.unwrap();
    assert_eq!(portal.verify(&code, NOW).await.status, 200, "the restored table forgot it");
    portal.bench.restore(TableName::Challenges, &challenges).await.unwrap();
    fence(&portal).await;

    // It is in its five minutes still, and has all its attempts.
    let fresh = portal.another_instance();
    for _ in 0..4 {
        assert_eq!(fresh.verify(&code, over()).await.status, 401);
    }
    let attempts = portal.challenge().await.unwrap().contains_key("attempts");
    assert!(!attempts, "an attempt at a dead code is not counted");
    let newer = fresh.fresh_code(over()).await;
    assert_eq!(fresh.verify(&newer, over()).await.status, 200, "a new one, not that one again");
}

#[tokio::test]
async fn a_code_of_an_instance_that_does_not_know_of_the_fence_never_works() {
    let portal = Portal::start().await;
    portal.fresh_code(NOW).await;
    fence(&portal).await;
    let last = NOW.plus(seconds(59));
    assert_eq!(portal.send(last).await.status, 200, "a minute is not over");
    let code = portal.code(last).await;
    let fresh = portal.another_instance();
    assert_eq!(fresh.verify(&code, over()).await.status, 401);
    let newer = fresh.fresh_code(over()).await;
    assert_eq!(fresh.verify(&newer, over()).await.status, 200);
}
