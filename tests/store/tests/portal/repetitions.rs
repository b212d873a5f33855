//! Requests that are repeated with their idempotency key, and keys that are used twice.

use domain::id::OtpId;
use domain::secret::{Digest, Secret};
use domain::time::Timestamp;
use store::{Challenges, NewCode};
use workbench::portal::{Portal, another, seconds};
use workbench::{Fault, NOW, Plan};

const KEY: &str = "key-of-one-request-0123";
const OTHER: &str = "key-of-another-request-4567";

#[tokio::test]
async fn a_repeated_send_sends_nothing_again_for_ten_minutes_and_is_answered_the_same() {
    let portal = Portal::start().await;
    let sent = portal.send_idempotently(KEY, NOW).await;
    let delivery = portal.challenge().await.unwrap();
    for later in [1, 200, 299] {
        assert_eq!(portal.send_idempotently(KEY, NOW.plus(seconds(later))).await, sent);
        assert_eq!(portal.challenge().await.unwrap(), delivery, "after {later} s");
    }
    let code = portal.code(NOW).await;
    assert_eq!(portal.verify(&code, NOW.plus(seconds(299))).await.status, 200);
    let tombstone = portal.challenge().await.unwrap();
    assert_eq!(portal.send_idempotently(KEY, NOW.plus(seconds(600))).await, sent);
    assert_eq!(portal.challenge().await.unwrap(), tombstone, "the code was used");
    assert_eq!(portal.send_idempotently(KEY, NOW.plus(seconds(601))).await, sent);
    assert_ne!(portal.challenge().await.unwrap(), tombstone, "ten minutes are over");
}

#[tokio::test]
async fn a_repeated_send_brings_a_new_code_once_the_old_one_cannot_work_any_more() {
    let portal = Portal::start().await;
    portal.send_idempotently(KEY, NOW).await;
    let first = portal.code(NOW).await;
    portal.send_idempotently(KEY, NOW.plus(seconds(300))).await;
    let second = portal.code(NOW.plus(seconds(300))).await;
    assert_ne!(second, first, "the first code expired");
    for _ in 0..3 {
        portal.verify(&another(&second), NOW.plus(seconds(301))).await;
    }
    portal.send_idempotently(KEY, NOW.plus(seconds(302))).await;
    let third = portal.code(NOW.plus(seconds(302))).await;
    assert_eq!(portal.verify(&third, NOW.plus(seconds(303))).await.status, 200);
}

#[tokio::test]
async fn the_ten_minutes_of_a_repetition_begin_with_the_resend_that_had_the_key() {
    let portal = Portal::start().await;
    portal.send(NOW).await;
    let code = portal.code(NOW).await;
    let at = |later| NOW.plus(seconds(later));
    portal.send_idempotently(KEY, at(140)).await;
    // A resend without a key leaves the one before.
    portal.send(at(141)).await;
    assert_eq!(portal.verify(&code, at(142)).await.status, 200);
    let tombstone = portal.challenge().await.unwrap();
    assert_eq!(portal.send_idempotently(KEY, at(740)).await.status, 200);
    assert_eq!(portal.challenge().await.unwrap(), tombstone);
    assert_eq!(portal.send_idempotently(KEY, at(741)).await.status, 200);
    assert_ne!(portal.challenge().await.unwrap(), tombstone);
}

#[tokio::test]
async fn another_key_or_none_sends_again() {
    let portal = Portal::start().await;
    portal.send_idempotently(KEY, NOW).await;
    let mut delivery = portal.challenge().await.unwrap();
    for (key, later) in [(Some(OTHER), 1), (None, 2), (Some(KEY), 3)] {
        let now = NOW.plus(seconds(later));
        let answer = match key {
            Some(key) => portal.send_idempotently(key, now).await,
            None => portal.send(now).await,
        };
        assert_eq!(answer.status, 200);
        let newer = portal.challenge().await.unwrap();
        assert_ne!(newer, delivery, "{key:?}");
        delivery = newer;
    }
}

#[tokio::test]
async fn a_repeated_send_counts_like_any_other() {
    let portal = Portal::limited(2).await;
    assert_eq!(portal.send_idempotently(KEY, NOW).await.status, 200);
    assert_eq!(portal.send_idempotently(KEY, NOW).await.status, 200);
    assert_eq!(portal.send_idempotently(KEY, NOW).await.code(), "RATE_LIMITED");
}

#[tokio::test]
async fn a_repeated_send_survives_every_fault_of_every_write() {
    for fault in Fault::HIDDEN {
        // Put, or put in vain; without and with a live code of another send.
        for write in 0..4 {
            let portal = Portal::start().await;
            portal.bench.strike(fault, write);
            let what = format!("{fault:?} at write {write}");
            portal.send(NOW).await;
            assert_eq!(portal.send_idempotently(KEY, NOW.plus(seconds(1))).await.status, 200);
            portal.bench.calm().await.unwrap();
            let delivery = portal.challenge().await.unwrap();
            assert_eq!(portal.send_idempotently(KEY, NOW.plus(seconds(2))).await.status, 200);
            assert_eq!(portal.challenge().await.unwrap(), delivery, "{what}");
            let code = portal.code(NOW).await;
            assert_eq!(portal.verify(&code, NOW.plus(seconds(3))).await.status, 200, "{what}");
        }
    }
}

#[tokio::test]
async fn a_client_with_one_constant_key_is_refused_in_its_second_refresh_and_loses_nothing() {
    let portal = Portal::start().await;
    let first = portal.sign_in(NOW).await;
    let second = portal.refresh_idempotently(&first, KEY, NOW).await.refresh_token();
    let refused = portal.refresh_idempotently(&second, KEY, NOW).await;
    assert_eq!((refused.status, refused.code()), (400, "VALIDATION_ERROR"));
    assert_eq!(refused.body["issues"][0]["field"], "Idempotency-Key");
    // A rotation without a key doesn't make room for the same key again.
    let third = portal.refresh(&second, NOW).await.refresh_token();
    assert_eq!(portal.refresh_idempotently(&third, KEY, NOW).await.status, 400);
    let fourth = portal.refresh_idempotently(&third, OTHER, NOW).await.refresh_token();
    assert_eq!(portal.refresh(&fourth, NOW).await.status, 200);
}

/// A thief with the first token and the constant key followed eight of eight rotations, unseen.
#[tokio::test]
async fn a_thief_who_knows_the_constant_key_cannot_follow_the_next_rotation() {
    let portal = Portal::start().await;
    let first = portal.sign_in(NOW).await;
    let second = portal.refresh_idempotently(&first, KEY, NOW).await.refresh_token();
    let stolen = portal.refresh_idempotently(&first, KEY, NOW).await.refresh_token();
    assert_eq!(stolen, second);
    assert_eq!(portal.refresh_idempotently(&stolen, KEY, NOW).await.status, 400);
    let third = portal.refresh_idempotently(&second, OTHER, NOW).await.refresh_token();
    let later = NOW.plus(seconds(11));
    assert_eq!(portal.refresh(&third, later).await.status, 200);
    assert_eq!(portal.refresh_idempotently(&stolen, KEY, later).await.code(), "REFRESH_REUSED");
}

#[tokio::test]
async fn a_retry_of_a_rotation_is_recognised_before_its_key() {
    for fault in Fault::HIDDEN {
        for write in 0..2 {
            let portal = Portal::start().await;
            let first = portal.sign_in(NOW).await;
            portal.bench.strike(fault, write);
            let second = portal.refresh_idempotently(&first, KEY, NOW).await.refresh_token();
            portal.bench.calm().await.unwrap();
            let retried = portal.refresh_idempotently(&first, KEY, NOW).await.refresh_token();
            assert_eq!(retried, second, "{fault:?} at write {write}");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_repeats_the_header_is_refused_before_anything_changes() {
    let portal = Portal::start().await;
    let first = portal.sign_in(NOW).await;
    let joined = format!("{KEY},{KEY}");
    assert_eq!(portal.refresh_idempotently(&first, &joined, NOW).await.status, 400);
    assert_eq!(portal.send_idempotently(&joined, NOW).await.status, 400);
    assert_eq!(portal.refresh_idempotently(&first, KEY, NOW).await.status, 200);
}

#[tokio::test]
async fn a_code_from_before_a_fence_is_neither_attempted_nor_sent_again() {
    let portal = Portal::start().await;
    let challenges = Challenges::new(&portal.bench.aws).unwrap();
    let (organization, identity) = (&portal.tenant.organization.id, &portal.patient.identity);
    portal.send(NOW).await;
    let attempt = async |valid_after: Timestamp, now| {
        let (nonce, valid_after) = (workbench::attempt(), Some(valid_after));
        let attempt = challenges.attempt(organization, identity, &nonce, valid_after, now).await;
        matches!(attempt.unwrap(), domain::decide::Attempt::Granted { .. })
    };
    assert!(!attempt(NOW, NOW.plus(seconds(1))).await, "issued at the bound");
    assert!(attempt(NOW.minus(seconds(1)), NOW.plus(seconds(1))).await);
    let (otp_id, digest) = (OtpId::random(), Secret::random().digest());
    let issue = async |valid_after: Timestamp, key: Option<&Digest>| {
        let new = NewCode {
            otp_id: &otp_id,
            digest: &digest,
            key_id: "k",
            channel: domain::otp::Channel::Email,
            key,
        };
        let now = NOW.plus(seconds(80));
        challenges.issue(organization, identity, &new, Some(valid_after), now).await.unwrap();
    };
    issue(NOW.minus(seconds(1)), None).await;
    let live = portal.challenge().await.unwrap();
    assert_ne!(live["otpId"].as_s().unwrap(), otp_id.as_str(), "the code is still good");
    issue(NOW.plus(seconds(70)), None).await;
    assert_eq!(portal.challenge().await.unwrap()["otpId"].as_s().unwrap(), otp_id.as_str());
}

#[tokio::test]
async fn a_repetition_after_a_fence_brings_a_new_code() {
    let portal = Portal::start().await;
    let challenges = Challenges::new(&portal.bench.aws).unwrap();
    let key = Secret::new(KEY).digest();
    let (organization, identity) = (&portal.tenant.organization.id, &portal.patient.identity);
    portal.send_idempotently(KEY, NOW).await;
    let (otp_id, digest) = (OtpId::random(), Secret::random().digest());
    let new = NewCode {
        otp_id: &otp_id,
        digest: &digest,
        key_id: "k",
        channel: domain::otp::Channel::Email,
        key: Some(&key),
    };
    let (fence, now) = (Some(NOW.plus(seconds(70))), NOW.plus(seconds(80)));
    challenges.issue(organization, identity, &new, fence, now).await.unwrap();
    assert_eq!(portal.challenge().await.unwrap()["otpId"].as_s().unwrap(), otp_id.as_str());
}

#[tokio::test]
async fn a_sign_in_withdraws_the_code_under_the_users_other_identifier() {
    for fault in Fault::HIDDEN {
        let portal = Portal::start().await;
        assert_eq!(portal.send_sms(NOW).await.status, 200);
        let code = portal.fresh_code(NOW).await;
        portal.bench.strike(fault, 4);
        assert_eq!(portal.verify(&code, NOW).await.status, 200, "{fault:?}");
        portal.bench.calm().await.unwrap();
        let phone = portal.phone_challenge().await.unwrap();
        assert!(!phone.contains_key("codeHash") && phone.contains_key("usedBy"), "{fault:?}");
    }
}

/// The tombstone still says which sign-in used the code, so that the sign-in recognises its own commit.
#[tokio::test]
async fn a_sign_in_leaves_the_tombstone_under_the_users_other_identifier_alone() {
    let portal = Portal::start().await;
    assert_eq!(portal.send_sms(NOW).await.status, 200);
    portal.sign_in(NOW).await;
    let tombstone = portal.phone_challenge().await.unwrap();
    assert!(tombstone.contains_key("usedBy"));
    portal.sign_in(NOW.plus(seconds(1))).await;
    assert_eq!(portal.phone_challenge().await.unwrap(), tombstone);
}

#[tokio::test]
async fn a_wrong_code_withdraws_nothing() {
    let portal = Portal::start().await;
    portal.send_sms(NOW).await;
    let before = portal.phone_challenge().await.unwrap();
    let code = portal.fresh_code(NOW).await;
    assert_eq!(portal.verify(&another(&code), NOW).await.status, 401);
    assert_eq!(portal.phone_challenge().await.unwrap(), before);
}

#[tokio::test]
async fn a_withdrawal_that_comes_late_spares_a_newer_code() {
    let portal = Portal::start().await;
    portal.send_sms(NOW).await;
    let code = portal.fresh_code(NOW).await;
    portal.bench.strike(Fault::Late, 4);
    assert_eq!(portal.verify(&code, NOW).await.status, 200);
    portal.bench.follow(Plan::default());
    portal.send_sms(NOW.plus(seconds(1))).await;
    let newer = portal.phone_challenge().await.unwrap();
    assert!(portal.bench.deliver_late_calls().await.unwrap() > 0);
    assert_eq!(portal.phone_challenge().await.unwrap(), newer);
}

#[tokio::test]
async fn a_withdrawal_that_fails_or_hangs_is_forgiven() {
    for fault in [Fault::LostBefore, Fault::Silence] {
        let portal = Portal::start().await;
        portal.send_sms(NOW).await;
        let code = portal.fresh_code(NOW).await;
        let mut updates = 0;
        portal.bench.follow(Plan::new(move |call| {
            updates += usize::from(call.item == "OTP" && call.name == "UpdateItem");
            // The attempt and the redemption come first.
            if updates > 2 { fault } else { Fault::None }
        }));
        let reply = portal.respond_to_verify(&code, NOW).await;
        assert_eq!(reply["statusCode"], 200, "{fault:?}: {reply}");
    }
}
