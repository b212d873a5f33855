//! DynamoDB or Secrets Manager is down.

use serde_json::json;
use workbench::{Answer, Fault, Plan};

use crate::fixture::{Deployment, NOW, seconds};

fn is_unavailable(answer: &Answer) {
    assert_eq!((answer.status, answer.retry_after()), (500, Some("1")));
    let expected = json!({"error": true, "message": "Internal server error", "code": 500});
    assert_eq!(answer.body, expected);
}

#[tokio::test]
async fn an_outage_is_the_documented_500_and_says_when_to_try_again() {
    let deployment = Deployment::start().await;
    let token = deployment.token(NOW).await;
    for instance in [deployment.another_instance(), deployment.clone()] {
        deployment.bench.follow(Plan::always(Fault::Error, |_| true));
        is_unavailable(&instance.sign_in(NOW).await);
        is_unavailable(&instance.who(&token, NOW).await);
        is_unavailable(&instance.sign_out(&token, NOW).await);
        deployment.bench.follow(Plan::default());
    }
    assert_eq!(deployment.who(&token, NOW).await.status, 200);
    assert_eq!(deployment.sign_out(&token, NOW).await.status, 200);
    assert_eq!(deployment.counted().await, 0);
}

#[tokio::test]
async fn an_attempt_whose_count_is_in_doubt_is_not_compared() {
    let deployment = Deployment::start().await;
    deployment
        .bench
        .follow(Plan::always(Fault::LostBefore, |call| call.item == "COUNT" && call.is_write()));
    is_unavailable(&deployment.sign_in(NOW).await);
}

#[tokio::test]
async fn keys_that_are_held_outlive_an_outage_of_their_store() {
    let deployment = Deployment::start().await;
    deployment.token(NOW).await;
    deployment.bench.secrets.set_down(true);
    assert_eq!(deployment.sign_in(NOW.plus(seconds(600))).await.status, 200);
    is_unavailable(&deployment.another_instance().sign_in(NOW).await);
}
