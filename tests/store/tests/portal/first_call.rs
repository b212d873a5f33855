//! What the first call of an instance waits for, and the call after a pause, when no organization is
//! cached any more.

use runtime::telemetry::measured;

use domain::time::Timestamp;
use workbench::NOW;
use workbench::portal::{Answer, Portal, seconds};

/// The status of an answer, and the sequential round trips to DynamoDB that it took.
async fn round_trips(flow: impl Future<Output = Answer>) -> (u16, u32) {
    let (answer, call) = measured(flow).await;
    (answer.status, call.round_trips)
}

async fn assert_cold(portal: &Portal, refresh_token: &str, access_token: &str, now: Timestamp) {
    assert_eq!(round_trips(portal.me(access_token, now)).await, (200, 1));
    assert_eq!(round_trips(portal.me("garbage", now.plus(seconds(60)))).await, (401, 2));
    assert_eq!(round_trips(portal.refresh("unknown", now)).await, (401, 3));
    let later = now.plus(seconds(60));
    assert_eq!(round_trips(portal.refresh(refresh_token, later)).await, (200, 3));
    assert_eq!(round_trips(portal.logout(refresh_token, now)).await, (200, 3));
    assert_eq!(round_trips(portal.send(now)).await, (200, 4));
    assert_eq!(round_trips(portal.verify("000000", now)).await, (401, 3));
}

#[tokio::test]
async fn the_first_call_and_the_call_after_a_pause_wait_for_as_little_as_can_be() {
    let portal = Portal::start().await;
    let sign_in = async |now| {
        let code = portal.fresh_code(now).await;
        portal.verify(&code, now).await
    };
    let first = sign_in(NOW).await;
    let cold = portal.another_instance();
    assert_cold(&cold, &first.refresh_token(), &first.access_token(), NOW.plus(seconds(1))).await;
    let idle = NOW.plus(seconds(200));
    let second = sign_in(idle).await;
    assert_cold(&cold, &second.refresh_token(), &second.access_token(), idle).await;
}

#[tokio::test]
async fn no_call_opens_a_connection_after_init() {
    let portal = Portal::start().await;
    portal.bench.warm().await;
    let ready = portal.bench.connections();
    assert!(ready.iter().all(|(_, services)| !services.is_empty()), "{ready:?}");
    let code = portal.fresh_code(NOW).await;
    let first = portal.verify(&code, NOW).await;
    assert_eq!(portal.me(&first.access_token(), NOW).await.status, 200);
    let token = portal.refresh(&first.refresh_token(), NOW).await.refresh_token();
    assert_eq!(portal.refresh(&first.refresh_token(), NOW).await.code(), "REFRESH_REUSED");
    assert_eq!(portal.logout(&token, NOW).await.status, 200);
    portal.send(NOW).await;
    portal.deliver(NOW).await.unwrap();
    for ((name, before), (_, after)) in ready.iter().zip(portal.bench.connections()) {
        for (service, opened) in before {
            assert_eq!(after.get(service), Some(opened), "{name}: {service}");
        }
    }
}
