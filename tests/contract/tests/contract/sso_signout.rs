//! `POST /api/1.0/sso/signout/{access_token}`

use contract::{
    ask,
    exchange::{Exchange, NOT_AUTHENTICATED, PASSWORD, form, parts, signout, url_encoded},
    race,
};
use insta::assert_snapshot;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn signing_out_ends_the_token_and_no_other() {
    let exchange = Exchange::new().await;
    let (ended, kept) = (exchange.token().await, exchange.token().await);
    assert_snapshot!(ask(exchange.sign_out(&ended)).await.snapshot(), @r#"
    200
    {"error":false,"message":"Signed out","code":200}
    "#);
    // Calls at once start further instances of the function, which have never seen the token.
    for answer in race((0..12).map(|_| exchange.who(&ended))).await {
        assert_eq!((answer.status, answer.text()), (404, NOT_AUTHENTICATED));
    }
    assert_eq!(ask(exchange.who(&kept)).await.status, 200);
}

#[tokio::test]
async fn a_second_sign_out_is_a_404() {
    let exchange = Exchange::new().await;
    let token = exchange.token().await;
    assert_eq!(ask(exchange.sign_out(&token)).await.status, 200);
    let again = ask(exchange.sign_out(&token)).await;
    assert_snapshot!(again.snapshot(), @r#"
    404
    {"error":true,"message":"Not authenticated","code":401}
    "#);
}

#[tokio::test]
async fn of_many_sign_outs_at_once_one_ends_the_token() {
    let exchange = Exchange::new().await;
    let token = exchange.token().await;
    let answers = race((0..8).map(|_| exchange.sign_out(&token))).await;
    let mut seen: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    seen.sort_unstable();
    assert_eq!(seen, [200, 404, 404, 404, 404, 404, 404, 404]);
}

#[tokio::test]
async fn only_the_tokens_own_user_ends_it() {
    let exchange = Exchange::new().await;
    let other = exchange.create_with("name", json!("Other")).await;
    let token = exchange.token().await;
    let refused = ask(exchange.try_as(&exchange.email, "wrong")).await;
    for (fault, request) in [
        ("another user", exchange.sign_out_as(&other, PASSWORD, &token)),
        ("a wrong password", exchange.sign_out_as(&exchange.email, "wrong", &token)),
        ("nobody", exchange.sign_out_as("nobody@example.com", PASSWORD, &token)),
        ("no form", exchange.request(Method::POST, &signout(&token))),
        ("an unknown token", exchange.sign_out(&"x".repeat(42))),
        ("a token too long", exchange.sign_out(&"x".repeat(257))),
        ("half of it", exchange.sign_out(&token[..41])),
    ] {
        assert_eq!(ask(request).await.essence(), refused.essence(), "{fault}");
    }
    assert_eq!(ask(exchange.who(&token)).await.status, 200);
}

#[tokio::test]
async fn any_client_may_sign_a_user_out_and_none_with_a_wrong_pair() {
    let exchange = Exchange::new().await;
    let token = exchange.token().await;
    let by = |id: &str, pass: &str| {
        let request = exchange.request_of(id, pass, Method::POST, &signout(&token));
        url_encoded(request, form(&exchange.email, PASSWORD))
    };
    let wrong = ask(by(&exchange.client_id, "wrong")).await;
    assert_eq!((wrong.status, wrong.text()), (401, NOT_AUTHENTICATED));
    let answer = ask(by(&exchange.quiet_client_id, &exchange.client_token)).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_form_in_parts_is_taken_too() {
    let exchange = Exchange::new().await;
    let token = exchange.token().await;
    let (kind, body) = parts(&[("email", &exchange.email), ("password", PASSWORD)]);
    let request = exchange.request(Method::POST, &signout(&token)).header("content-type", kind);
    assert_eq!(ask(request.body(body)).await.status, 200);
}

#[tokio::test]
async fn a_user_who_was_shut_out_can_not_even_sign_out() {
    let exchange = Exchange::new().await;
    let token = exchange.token().await;
    exchange.shut().await;
    let answer = ask(exchange.sign_out(&token)).await;
    assert_eq!((answer.status, answer.text()), (404, NOT_AUTHENTICATED));
}
