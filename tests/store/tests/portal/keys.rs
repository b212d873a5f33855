use runtime::resources::KeyRingName;
use workbench::NOW;
use workbench::portal::{Portal, seconds};

const ACCESS: KeyRingName = KeyRingName::PortalAccess;
const OTP: KeyRingName = KeyRingName::Otp;
const REFRESH: KeyRingName = KeyRingName::PortalRefresh;
const IDEMPOTENCY_KEY: &str = "rotation-0123456789";

#[tokio::test]
async fn rotating_keys_breaks_no_live_code_and_no_live_token() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    portal.bench.secrets.rotate(OTP, "OTP_SECRET-2", &["OTP_SECRET-1"]);
    let later = NOW.plus(seconds(60));
    let signed_in = portal.another_instance().verify(&code, later).await;
    let token = signed_in.access_token();

    portal.bench.secrets.rotate(ACCESS, "PORTAL_ACCESS_SECRET-2", &["PORTAL_ACCESS_SECRET-1"]);
    let fresh_instance = portal.another_instance();
    assert_eq!(fresh_instance.me(&token, later).await.status, 200);
}

#[tokio::test]
async fn a_token_of_a_key_that_was_just_announced_is_looked_up() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    let token = portal.verify(&code, NOW).await.access_token();
    assert_eq!(portal.me(&token, NOW).await.status, 200, "this instance holds the first ring");

    portal.bench.secrets.rotate(ACCESS, "PORTAL_ACCESS_SECRET-2", &["PORTAL_ACCESS_SECRET-1"]);
    let rotated = portal.another_instance();
    let code = rotated.fresh_code(NOW.plus(seconds(40))).await;
    let token = rotated.verify(&code, NOW.plus(seconds(40))).await.access_token();
    assert_eq!(portal.me(&token, NOW.plus(seconds(29))).await.status, 401, "looked up just now");
    assert_eq!(portal.me(&token, NOW.plus(seconds(40))).await.status, 200);
}

#[tokio::test]
async fn a_code_whose_key_was_dropped_is_refused_like_a_wrong_one_and_holds_up_no_delivery() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    portal.bench.secrets.rotate(OTP, "OTP_SECRET-2", &[]);
    let bereft = portal.another_instance();
    assert_eq!(bereft.deliver(NOW).await.unwrap(), "key dropped");
    let refused = bereft.verify(&code, NOW).await;
    assert_eq!((refused.status, refused.code()), (401, "UNAUTHORIZED"));
    let stale = NOW.plus(seconds(299));
    assert_eq!(bereft.verify(&code, stale).await.status, 401, "the ring is looked at again");
}

#[tokio::test]
async fn a_retry_finds_its_successor_under_the_key_that_derived_it() {
    let portal = Portal::start().await;
    let first = portal.sign_in(NOW).await;
    let second = portal.refresh_idempotently(&first, IDEMPOTENCY_KEY, NOW).await.refresh_token();
    portal.bench.secrets.rotate(REFRESH, "PORTAL_REFRESH_SECRET-2", &["PORTAL_REFRESH_SECRET-1"]);
    let rotated = portal.another_instance();
    let retried = rotated.refresh_idempotently(&first, IDEMPOTENCY_KEY, NOW).await;
    assert_eq!(retried.refresh_token(), second);

    portal.bench.secrets.rotate(REFRESH, "PORTAL_REFRESH_SECRET-3", &[]);
    let bereft = portal.another_instance();
    let retried = bereft.refresh_idempotently(&first, IDEMPOTENCY_KEY, NOW).await;
    assert_eq!(retried.code(), "UNAVAILABLE", "a lost key must not look like a theft");
    assert_eq!(rotated.refresh(&second, NOW).await.status, 200);
}

#[tokio::test]
async fn a_token_under_a_key_that_a_stale_ring_may_lack_is_not_called_bad() {
    let portal = Portal::start().await;
    let code = portal.fresh_code(NOW).await;
    let token = portal.verify(&code, NOW).await.access_token();
    assert_eq!(portal.me(&token, NOW).await.status, 200, "this instance holds the first ring");

    portal.bench.secrets.rotate(ACCESS, "PORTAL_ACCESS_SECRET-2", &["PORTAL_ACCESS_SECRET-1"]);
    let (rotated, later) = (portal.another_instance(), NOW.plus(seconds(400)));
    let code = rotated.fresh_code(later).await;
    let newer = rotated.verify(&code, later).await.access_token();
    portal.bench.secrets.set_down(true);
    assert_eq!(portal.me(&newer, later).await.status, 503);
    assert_eq!(portal.me(&token, later).await.status, 200, "the ring that is held goes on");
    portal.bench.secrets.set_down(false);
    assert_eq!(portal.me(&newer, later.plus(seconds(30))).await.status, 200);
}

#[tokio::test]
async fn keys_that_are_held_outlive_an_outage_of_their_store() {
    let portal = Portal::start().await;
    let token = portal.sign_in(NOW).await;
    let token = portal.refresh(&token, NOW).await.refresh_token();
    portal.bench.secrets.set_down(true);
    let token = portal.refresh(&token, NOW.plus(seconds(600))).await.refresh_token();
    let cold = portal.another_instance();
    let refused = cold.refresh(&token, NOW.plus(seconds(600))).await;
    assert_eq!((refused.status, refused.retry_after.as_deref()), (503, Some("1")));
    portal.bench.secrets.set_down(false);
    assert_eq!(cold.refresh(&token, NOW.plus(seconds(600))).await.status, 200);
}
