//! What the first call of an instance waits for.

use runtime::event::Verdict;
use runtime::telemetry::measured;
use serde_json::json;

use crate::fixture::{Deployment, NOW, with};

#[tokio::test]
async fn the_first_call_waits_for_one_round_trip() {
    let deployment = Deployment::start().await;
    let token = deployment.ask_token(NOW).await.token();
    assert_eq!(deployment.validate(&token, NOW).await.status, 200, "integrated");
    let cold = deployment.another_instance();
    let (answer, asked) = measured(cold.ask_token(NOW)).await;
    assert_eq!((answer.status, asked.round_trips), (200, 1));
    cold.bench.warm().await;
    // The published keys were read before.
    let (answer, validated) = measured(cold.validate(&token, NOW)).await;
    assert_eq!((answer.status, validated.round_trips), (200, 1));
}

#[tokio::test]
async fn no_call_opens_a_connection_after_init() {
    let deployment = Deployment::start().await;
    deployment.bench.warm().await;
    let ready = deployment.bench.connections();
    let token = deployment.ask_token(NOW).await.token();
    assert_eq!(deployment.validate(&token, NOW).await.status, 200);
    assert_eq!(deployment.validate("garbage", NOW).await.status, 401);
    deployment.jwks(&json!({}), NOW).await;
    let headers = with(&token, &deployment.tenant.organization_secret);
    let event = json!({"routeKey": "GET /patients", "headers": headers});
    assert_ne!(deployment.authorize(&event, NOW).await, Verdict::Deny);
    assert_eq!(deployment.bench.connections(), ready);
}
