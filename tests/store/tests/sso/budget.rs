//! What each flow costs with the client cached: round trips to DynamoDB, write and read units.

use runtime::telemetry::measured;

use crate::fixture::{Deployment, EMAIL, NOW};

/// Sequential round trips, write capacity units, read capacity units.
type Cost = (u32, f64, f64);

async fn cost<F: Future>(flow: F) -> (F::Output, Cost) {
    let (output, call) = measured(flow).await;
    (output, (call.round_trips, call.write_units, call.read_units))
}

#[tokio::test]
async fn signing_in_costs_four_writes_in_three_round_trips() {
    let deployment = Deployment::start().await;
    deployment.token(NOW).await;
    let (answer, right) = cost(deployment.sign_in(NOW)).await;
    assert_eq!((answer.status, right), (200, (3, 4.0, 1.5)));
    let (answer, wrong) = cost(deployment.try_as(EMAIL, "wrong", NOW)).await;
    assert_eq!((answer.status, wrong), (404, (2, 1.0, 1.5)));
}

#[tokio::test]
async fn asking_costs_two_reads() {
    let deployment = Deployment::start().await;
    let token = deployment.token(NOW).await;
    deployment.who(&token, NOW).await;
    let (answer, known) = cost(deployment.who(&token, NOW)).await;
    assert_eq!((answer.status, known), (200, (2, 0.0, 2.0)));
    let (answer, unknown) = cost(deployment.who("x", NOW)).await;
    assert_eq!((answer.status, unknown), (404, (1, 0.0, 1.0)));
}

#[tokio::test]
async fn signing_out_costs_three_writes_in_three_round_trips() {
    let deployment = Deployment::start().await;
    let token = deployment.token(NOW).await;
    deployment.sign_out("x", NOW).await;
    let (answer, out) = cost(deployment.sign_out(&token, NOW)).await;
    assert_eq!((answer.status, out), (200, (3, 3.0, 1.5)));
    let (answer, again) = cost(deployment.sign_out(&token, NOW)).await;
    assert_eq!((answer.status, again), (404, (3, 3.0, 1.5)));
}
