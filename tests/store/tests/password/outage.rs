//! DynamoDB or Secrets Manager is down.

use serde_json::json;
use workbench::{Fault, Plan};

use crate::fixture::{Deployment, NOW, seconds};

#[tokio::test]
async fn an_outage_is_the_documented_500_and_says_when_to_try_again() {
    let deployment = Deployment::limited(1).await;
    let token = deployment.log_in(NOW).await.text("token");
    deployment.bench.follow(Plan::always(Fault::Error, |_| true));
    let expected = json!({
        "statusCode": 500, "message": "Internal server error", "error": "Internal Server Error"
    });
    for answer in [deployment.log_in(NOW).await, deployment.account(&token, NOW).await] {
        assert_eq!((answer.status, answer.retry_after()), (500, Some("1")));
        assert_eq!(answer.body, expected);
    }
    deployment.bench.follow(Plan::default());
    assert_eq!(deployment.counted().await, 0);
    assert_eq!(deployment.log_in(NOW).await.status, 200);
}

#[tokio::test]
async fn an_attempt_whose_count_is_in_doubt_is_not_compared() {
    let deployment = Deployment::limited(1).await;
    deployment
        .bench
        .follow(Plan::always(Fault::LostBefore, |call| call.item == "COUNT" && call.is_write()));
    assert_eq!(deployment.log_in(NOW).await.status, 500);
}

#[tokio::test]
async fn a_right_password_is_not_refused_because_its_attempt_could_not_be_taken_back() {
    let deployment = Deployment::limited(2).await;
    let mut writes = 0;
    deployment.bench.follow(Plan::new(move |call| {
        writes += usize::from(call.is_write());
        if call.is_write() && writes > 1 { Fault::LostBefore } else { Fault::None }
    }));
    assert_eq!(deployment.log_in(NOW).await.status, 200);
    assert_eq!(deployment.counted().await, 1);
}

#[tokio::test]
async fn keys_that_are_held_outlive_an_outage_of_their_store() {
    let deployment = Deployment::start().await;
    deployment.log_in(NOW).await;
    deployment.bench.secrets.set_down(true);
    assert_eq!(deployment.log_in(NOW.plus(seconds(600))).await.status, 200);
    let cold = deployment.another_instance().log_in(NOW).await;
    assert_eq!((cold.status, cold.retry_after()), (500, Some("1")));
}
