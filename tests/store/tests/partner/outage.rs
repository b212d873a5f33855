//! DynamoDB or Secrets Manager is down, or there is no key yet.

use serde_json::json;
use workbench::{Fault, Plan};

use crate::fixture::{Answer, Deployment, NOW, SIGNING, seconds};

fn assert_unavailable(answer: &Answer) {
    assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (500, "1"));
    assert_eq!(
        answer.body["error"],
        json!({
            "type": "https://parchment.health/errors/internal-server-error",
            "title": "Internal Server Error",
            "detail": "An unexpected error occurred during validation",
        })
    );
}

#[tokio::test]
async fn an_outage_is_the_documented_500_and_says_when_to_try_again() {
    let deployment = Deployment::start().await;
    let token = deployment.ask_token(NOW).await.token();
    deployment.bench.follow(Plan::always(Fault::Error, |_| true));
    assert_unavailable(&deployment.ask_token(NOW).await);
    assert_unavailable(&deployment.validate(&token, NOW).await);
    assert_unavailable(&deployment.jwks(&json!({}), NOW).await);
    deployment.bench.follow(Plan::default());
    assert_eq!(deployment.validate(&token, NOW).await.status, 200);
}

#[tokio::test]
async fn without_a_key_everything_waits_for_the_operator() {
    let deployment = Deployment::without_key().await;
    assert_unavailable(&deployment.ask_token(NOW).await);
    assert_unavailable(&deployment.validate("a.b.c", NOW).await);
    assert_unavailable(&deployment.jwks(&json!({}), NOW).await);
    deployment.rotate(NOW).await;
    let token = deployment.ask_token(NOW).await.token();
    assert_eq!(deployment.validate(&token, NOW).await.status, 200);
    assert_eq!(deployment.kids(NOW).await.len(), 1);
}

#[tokio::test]
async fn a_key_signs_on_for_an_hour_without_its_store_and_no_longer() {
    let deployment = Deployment::start().await;
    deployment.ask_token(NOW).await.token();
    deployment.bench.secrets.set_down(true);
    assert_eq!(deployment.ask_token(NOW.plus(seconds(3600))).await.status, 200);
    assert_unavailable(&deployment.ask_token(NOW.plus(seconds(3601))).await);
    assert_unavailable(&deployment.another_instance().ask_token(NOW).await);
    deployment.bench.secrets.set_down(false);
    assert_eq!(deployment.ask_token(NOW.plus(seconds(3632))).await.status, 200);
}

#[tokio::test]
async fn a_secret_that_holds_something_else_is_a_fault_of_ours() {
    let deployment = Deployment::start().await;
    deployment
        .bench
        .secrets
        .put(SIGNING, json!({"keys": [{"kid": "a", "key": "b", "signsFrom": 1}]}));
    let answer = deployment.ask_token(NOW).await;
    assert_eq!((answer.status, answer.step), (500, "INTERNAL_ERROR"));
    assert!(!answer.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn a_token_under_an_unknown_key_is_not_refused_while_the_keys_cannot_be_read() {
    let deployment = Deployment::start().await;
    let token = deployment.ask_token(NOW).await.token();
    assert_eq!(deployment.validate(&token, NOW).await.status, 200, "knows the first key");
    deployment.rotate(NOW).await;
    let later = NOW.plus(seconds(1000));
    let new = deployment.another_instance().ask_token(later).await.token();
    deployment.bench.follow(Plan::always(Fault::Error, |operation| operation.item == "JWKS"));
    assert_unavailable(&deployment.validate(&new, later).await);
    assert_eq!(deployment.validate(&token, later).await.status, 200, "a known key goes on");
}

#[tokio::test]
async fn an_old_set_is_not_shown_for_longer_than_a_new_key_waits() {
    let deployment = Deployment::start().await;
    assert_eq!(deployment.jwks(&json!({}), NOW).await.status, 200);
    deployment.bench.follow(Plan::always(Fault::Error, |operation| operation.item == "JWKS"));
    assert_eq!(deployment.jwks(&json!({}), NOW.plus(seconds(480))).await.status, 200);
    assert_unavailable(&deployment.jwks(&json!({}), NOW.plus(seconds(481))).await);
    deployment.bench.follow(Plan::default());
    assert_eq!(deployment.jwks(&json!({}), NOW.plus(seconds(541))).await.status, 200);
}
