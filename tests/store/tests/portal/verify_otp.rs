use domain::decide::Attempt;
use domain::time::Timestamp;
use domain::token::refresh::RefreshToken;

use store::Challenges;
use workbench::NOW;
use workbench::portal::{Portal, another, seconds};

#[tokio::test]
async fn a_code_works_until_its_last_millisecond() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    let expiry = NOW.plus(seconds(300));
    assert_eq!(portal.verify(&code, expiry).await.status, 401);
    let last = Timestamp::from_millis(expiry.millis() - 1);
    assert_eq!(portal.verify(&code, last).await.status, 200);
}

#[tokio::test]
async fn an_expired_code_costs_no_attempt() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    for _ in 0..5 {
        assert_eq!(portal.verify(&code, NOW.plus(seconds(300))).await.status, 401);
    }
    assert_eq!(portal.verify(&code, NOW).await.status, 200);
}

#[tokio::test]
async fn a_code_works_once() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    assert_eq!(portal.verify(&code, NOW).await.status, 200);
    assert_eq!(portal.verify(&code, NOW.plus(seconds(1))).await.status, 401);
}

#[tokio::test]
async fn the_third_attempt_still_counts_and_the_fourth_does_not() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    for _ in 0..2 {
        assert_eq!(portal.verify(&another(&code), NOW).await.status, 401);
    }
    assert_eq!(portal.verify(&code, NOW).await.status, 200);

    let code = portal.fresh_code(NOW.plus(seconds(1))).await;
    for _ in 0..3 {
        assert_eq!(portal.verify(&another(&code), NOW.plus(seconds(1))).await.status, 401);
    }
    assert_eq!(portal.verify(&code, NOW.plus(seconds(1))).await.status, 401);
}

#[tokio::test]
async fn every_failure_gives_the_same_answer() {
    let portal = Portal::start().await;
    let no_code = portal.verify("123456", NOW).await;
    let code = portal.fresh_code(NOW).await;
    let wrong = portal.verify(&another(&code), NOW).await;
    let nobody = portal.verify_as("nobody@example.com", &code, NOW).await;
    let expired = portal.verify(&code, NOW.plus(seconds(300))).await;
    assert_eq!(portal.verify(&code, NOW).await.status, 200);
    let used = portal.verify(&code, NOW).await;
    for answer in [&wrong, &nobody, &expired, &used] {
        assert_eq!(*answer, no_code);
    }
    assert_eq!((no_code.status, no_code.code()), (401, "UNAUTHORIZED"));
}

#[tokio::test]
async fn the_right_code_does_not_sign_a_disabled_user_in() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    let user = &portal.patient.user;
    portal.bench.disable(user).await.unwrap();
    assert_eq!(portal.verify(&code, NOW).await.status, 401);
}

#[tokio::test]
async fn the_right_code_survives_a_sign_out_everywhere_that_is_not_over() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    let user = &portal.patient.user;
    portal.bench.end_sessions(user, NOW.plus(seconds(5))).await.unwrap();
    // It is 05.678; a token of the second 10 is from before 10.678.
    for (later, seconds_left) in [(0, "6"), (1, "5"), (4, "2"), (5, "1")] {
        let answer = portal.verify(&code, NOW.plus(seconds(later))).await;
        assert_eq!((answer.status, answer.code()), (503, "UNAVAILABLE"), "{later} s later");
        assert_eq!(answer.retry_after.as_deref(), Some(seconds_left), "{later} s later");
    }
    let over = NOW.plus(seconds(6));
    for _ in 0..2 {
        assert_eq!(portal.verify(&another(&code), over).await.status, 401);
    }
    assert_eq!(portal.verify(&code, over).await.status, 200, "none of four was counted");
}

#[tokio::test]
async fn during_a_sign_out_everywhere_wrong_codes_are_counted() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    portal.bench.end_sessions(&portal.patient.user, NOW.plus(seconds(5))).await.unwrap();
    for _ in 0..3 {
        assert_eq!(portal.verify(&code, NOW).await.status, 503);
        assert_eq!(portal.verify(&another(&code), NOW).await.status, 401);
    }
    assert_eq!(portal.verify(&code, NOW).await.status, 401);
    assert_eq!(portal.verify(&code, NOW.plus(seconds(6))).await.status, 401);
}

#[tokio::test]
async fn only_the_right_code_reveals_a_sign_out_everywhere() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    portal.send_to("nobody@example.com", NOW).await;
    portal.verify_as("warm@example.com", "000000", NOW).await;
    let user = &portal.patient.user;
    portal.bench.end_sessions(user, NOW.plus(seconds(5))).await.unwrap();
    let wrong = another(&code);
    let known = portal.bench.operations_of(portal.verify(&wrong, NOW)).await;
    let unknown = portal.verify_as("nobody@example.com", &wrong, NOW);
    assert_eq!(portal.bench.operations_of(unknown).await, known);
    assert_eq!(known.0.status, 401);
}

#[tokio::test]
async fn a_disabled_user_is_refused_at_once_after_a_sign_out_everywhere() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    let user = &portal.patient.user;
    portal.bench.end_sessions(user, NOW.plus(seconds(5))).await.unwrap();
    portal.bench.disable(user).await.unwrap();
    assert_eq!(portal.verify(&code, NOW).await.status, 401);
}

#[tokio::test]
async fn a_code_of_one_tenant_is_nothing_to_another() {
    let portal = Portal::start().await;
    let neighbour = portal.neighbour().await;
    let code = portal.fresh_code(NOW).await;
    let email = &portal.patient.email;
    assert_eq!(neighbour.verify_as(email, &code, NOW).await.status, 401);
    assert_eq!(portal.verify(&code, NOW).await.status, 200, "no attempt was spent");
}

#[tokio::test]
async fn a_code_that_was_compared_before_a_newer_one_came_cannot_use_the_newer_one_up() {
    let portal = Portal::start().await;
    portal.send(NOW).await;
    let challenges = Challenges::new(&portal.bench.aws).unwrap();
    let organization = &portal.tenant.organization.id;
    let identity = portal.bench.identities(&portal.patient.user).await.unwrap().remove(0);
    let nonce = workbench::attempt();
    let attempt = challenges.attempt(organization, &identity, &nonce, None, NOW).await.unwrap();
    let Attempt::Granted { otp_id, .. } = attempt else { panic!("{attempt:?}") };

    let later = NOW.plus(seconds(200));
    let newer = portal.fresh_code(later).await;
    let refresh = RefreshToken::random().digest();
    let redeemed = challenges.redeem(organization, &identity, &otp_id, &refresh).await;
    assert!(
        runtime::outage::is_unavailable(&redeemed.unwrap_err()),
        "it may have been our own retry"
    );
    assert_eq!(portal.verify(&newer, later).await.status, 200);
}
