//! What the first call of an instance waits for.

use runtime::event::Verdict;
use runtime::telemetry::measured;
use serde_json::json;

use crate::fixture::{Deployment, NOW};

#[tokio::test]
async fn an_account_waits_for_one_round_trip_and_a_login_for_four() {
    let deployment = Deployment::start().await;
    let token = deployment.log_in(NOW).await.text("token");
    let cold = deployment.another_instance();
    let (answer, account) = measured(cold.account(&token, NOW)).await;
    assert_eq!((answer.status, account.round_trips), (200, 1));
    let (answer, login) = measured(cold.log_in(NOW)).await;
    assert_eq!((answer.status, login.round_trips), (200, 4));
}

#[tokio::test]
async fn no_call_opens_a_connection_after_init() {
    let deployment = Deployment::start().await;
    deployment.bench.warm().await;
    let ready = deployment.bench.connections();
    let token = deployment.log_in(NOW).await.text("token");
    assert_eq!(deployment.try_password("wrong", NOW).await.status, 401);
    assert_eq!(deployment.account(&token, NOW).await.status, 200);
    let mut event = deployment.with_bearer(&token);
    event["pathParameters"] = json!({"api": "patient"});
    assert_ne!(deployment.authorize(&event, NOW).await, Verdict::Deny);
    let mut event = deployment.with_cookie(&token);
    event["pathParameters"] = json!({"api": "patient"});
    // The organization takes no cookies.
    assert_eq!(deployment.authorize_cookie(&event, NOW).await, Verdict::Deny);
    deployment.log_out().await;
    assert_eq!(deployment.bench.connections(), ready);
}
