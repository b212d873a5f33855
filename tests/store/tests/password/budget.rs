//! What each flow costs with the organization cached: round trips to DynamoDB, write and read units.

use runtime::telemetry::measured;

use crate::fixture::{Deployment, NOW};

/// Sequential round trips, write capacity units, read capacity units.
type Cost = (u32, f64, f64);

async fn cost<F: Future>(flow: F) -> (F::Output, Cost) {
    let (output, call) = measured(flow).await;
    (output, (call.round_trips, call.write_units, call.read_units))
}

#[tokio::test]
async fn logging_in_costs_two_writes_in_three_round_trips() {
    let deployment = Deployment::limited(2).await;
    let token = deployment.log_in(NOW).await.text("token");
    let (answer, right) = cost(deployment.log_in(NOW)).await;
    assert_eq!((answer.status, right), (200, (3, 2.0, 1.5)));
    let (answer, wrong) = cost(deployment.try_password("wrong", NOW)).await;
    assert_eq!((answer.status, wrong), (401, (2, 1.0, 1.5)));
    deployment.try_password("wrong", NOW).await;
    let (answer, over) = cost(deployment.log_in(NOW)).await;
    assert_eq!((answer.status, over), (429, (1, 1.0, 0.5)));

    deployment.account(&token, NOW).await;
    let (answer, account) = cost(deployment.account(&token, NOW)).await;
    assert_eq!((answer.status, account), (200, (1, 0.0, 1.0)));
    let (answer, forged) = cost(deployment.account("garbage", NOW)).await;
    assert_eq!((answer.status, forged), (401, (0, 0.0, 0.0)));
}
