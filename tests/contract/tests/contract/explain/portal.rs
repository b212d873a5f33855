//! The portal's checks, in their order.

use contract::{Stack, Tenant, ask, path, wrong};
use reqwest::{Method, RequestBuilder};

use super::{NONE, climb};

#[tokio::test]
async fn the_portals_checks_are_told_in_their_order() {
    let stack = Stack::running();
    let (own, other) = (Tenant::new().await, Tenant::new().await);
    let (strict, session) = (Tenant::with_limits().await, own.sign_in().await);
    let odd = |request: RequestBuilder| request.header("x-end-user-ip", "here").body("no JSON");
    let post = |path: &str| stack.request(Method::POST, path);
    let unknown = |path: &str| post(path).header("cv-api-key", "unknown");
    for _ in 0..10 {
        ask(strict.send_email("nobody@example.com")).await;
    }
    climb(
        &stack,
        vec![
            ("API_KEY_REQUIRED", odd(post(path::SEND_OTP))),
            ("API_KEY_UNKNOWN", odd(unknown(path::SEND_OTP))),
            ("FIELD_INVALID", odd(own.request(Method::POST, path::SEND_OTP))),
            ("RATE_LIMITED", strict.send_email("nobody@example.com")),
            (NONE, own.send_email("nobody@example.com")),
        ],
    )
    .await;
    let code = own.email().await.code();
    climb(
        &stack,
        vec![
            ("API_KEY_REQUIRED", odd(post(path::VERIFY_OTP))),
            ("API_KEY_UNKNOWN", odd(unknown(path::VERIFY_OTP))),
            ("CONTENT_TYPE", own.request(Method::POST, path::VERIFY_OTP).body("no JSON")),
            ("CODE_NOT_FOUND", own.verify_email("other@example.com", &code)),
            ("CODE_WRONG", own.verify(&wrong(&code, 1))),
            (NONE, own.verify(&code)),
        ],
    )
    .await;
    let ended = own.sign_in().await;
    ask(own.logout(&ended.refresh)).await;
    climb(
        &stack,
        vec![
            ("API_KEY_REQUIRED", odd(post(path::REFRESH_TOKEN))),
            ("API_KEY_UNKNOWN", odd(unknown(path::REFRESH_TOKEN))),
            ("FIELD_INVALID", own.refresh("")),
            ("REFRESH_INVALID", own.refresh(&"x".repeat(session.refresh.len()))),
            ("ORGANIZATION_NOT_OWN", other.refresh(&ended.refresh)),
            ("LOGGED_OUT", own.refresh(&ended.refresh)),
            (NONE, own.refresh(&session.refresh)),
        ],
    )
    .await;
    climb(
        &stack,
        vec![
            ("API_KEY_REQUIRED", post(path::LOGOUT)),
            ("API_KEY_UNKNOWN", unknown(path::LOGOUT)),
            ("FIELD_INVALID", own.logout("")),
            (NONE, own.logout(&ended.refresh)),
        ],
    )
    .await;
    let me = |key: &str| stack.request(Method::GET, path::ME).header("cv-api-key", key.to_owned());
    climb(
        &stack,
        vec![
            ("API_KEY_REQUIRED", stack.request(Method::GET, path::ME)),
            ("TOKEN_REQUIRED", me("unknown")),
            ("INVALID_TOKEN", me("unknown").bearer_auth("forged")),
            ("ORGANIZATION_NOT_OWN", me(&other.api_key).bearer_auth(&session.access)),
            (NONE, own.me(&session.access)),
        ],
    )
    .await;
}
