//! What the first call of an instance waits for.

use runtime::telemetry::measured;

use crate::fixture::{Deployment, NOW};

#[tokio::test]
async fn asking_waits_for_two_round_trips_and_a_sign_in_for_four() {
    let deployment = Deployment::start().await;
    let token = deployment.token(NOW).await;
    let cold = deployment.another_instance();
    let (answer, asked) = measured(cold.who(&token, NOW)).await;
    assert_eq!((answer.status, asked.round_trips), (200, 2));
    let (answer, signed_in) = measured(cold.sign_in(NOW)).await;
    assert_eq!((answer.status, signed_in.round_trips), (200, 4));
}

#[tokio::test]
async fn no_call_opens_a_connection_after_init() {
    let deployment = Deployment::start().await;
    deployment.bench.warm().await;
    let ready = deployment.bench.connections();
    let token = deployment.token(NOW).await;
    assert_eq!(deployment.who(&token, NOW).await.status, 200);
    assert_eq!(deployment.sign_out(&token, NOW).await.status, 200);
    assert_eq!(deployment.bench.connections(), ready);
}
