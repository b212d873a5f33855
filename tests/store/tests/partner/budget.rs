//! What each flow costs with the public keys known: round trips to DynamoDB, write and read units.

use runtime::telemetry::measured;
use serde_json::json;

use crate::fixture::{Deployment, NOW};

/// Sequential round trips, write capacity units, read capacity units.
type Cost = (u32, f64, f64);

async fn cost<F: Future>(flow: F) -> (F::Output, Cost) {
    let (output, call) = measured(flow).await;
    (output, (call.round_trips, call.write_units, call.read_units))
}

#[tokio::test]
async fn validating_again_is_one_round_trip_without_a_write() {
    let deployment = Deployment::start().await;
    let (answer, token) = cost(deployment.ask_token(NOW)).await;
    assert_eq!(token, (1, 0.0, 2.0));
    let token = answer.token();
    deployment.validate("garbage", NOW).await;
    let (answer, first) = cost(deployment.validate(&token, NOW)).await;
    assert_eq!((answer.status, first), (200, (2, 1.0, 2.0)));
    let (answer, again) = cost(deployment.validate(&token, NOW)).await;
    assert_eq!((answer.status, again), (200, (1, 0.0, 2.0)));
    let (answer, forged) = cost(deployment.validate("garbage", NOW)).await;
    assert_eq!((answer.status, forged), (401, (0, 0.0, 0.0)));
    deployment.jwks(&json!({}), NOW).await;
    let (answer, keys) = cost(deployment.jwks(&json!({}), NOW)).await;
    assert_eq!((answer.status, keys), (200, (0, 0.0, 0.0)));
}
