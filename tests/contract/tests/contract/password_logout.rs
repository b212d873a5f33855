//! `POST /{api}/auth/logout`

use contract::{
    Stack, ask,
    password::{Clinic, LOGOUT, NOT_FOUND, ORGANIZATION_REQUIRED},
};
use insta::assert_snapshot;
use reqwest::Method;

#[tokio::test]
async fn the_cookie_is_cleared() {
    let clinic = Clinic::with_cookie().await;
    let token = clinic.token().await;
    let request = clinic.request(Method::POST, LOGOUT);
    let answer = ask(request.header("cookie", format!("__Host-postern-patient={token}"))).await;
    assert_snapshot!(answer.snapshot(), @"
    204
    set-cookie: __Host-postern-patient=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; HttpOnly; Secure; SameSite=Strict
    ");
}

#[tokio::test]
async fn whoever_asks_is_logged_out() {
    let clinic = Clinic::new().await;
    let full = ask(clinic.request(Method::POST, LOGOUT).bearer_auth(clinic.token().await)).await;
    let stack = Stack::running();
    for request in [
        stack.request(Method::POST, LOGOUT).header("organization", "no-such-organization"),
        clinic.request(Method::POST, LOGOUT).bearer_auth("garbage"),
        clinic.request(Method::POST, LOGOUT).header("cookie", "garbage"),
        clinic.request(Method::POST, LOGOUT).body("{"),
    ] {
        let answer = ask(request).await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.essence(), full.essence());
    }
}

#[tokio::test]
async fn a_form_of_another_site_logs_nobody_out() {
    let clinic = Clinic::with_cookie().await;
    let cookie = format!("__Host-postern-patient={}", clinic.token().await);
    for organization in [None, Some(""), Some(" ")] {
        let request = clinic.stack.request(Method::POST, LOGOUT).header("cookie", &cookie);
        let request = organization
            .into_iter()
            .fold(request, |request, organization| request.header("organization", organization));
        let form = request.header("content-type", "application/x-www-form-urlencoded").body("a=b");
        let answer = ask(form).await;
        assert_eq!((answer.status, answer.text()), (400, ORGANIZATION_REQUIRED));
        assert!(!answer.headers.contains_key("set-cookie"));
    }
}

#[tokio::test]
async fn there_is_no_state_behind_it() {
    let clinic = Clinic::new().await;
    let token = clinic.token().await;
    assert_eq!(ask(clinic.request(Method::POST, LOGOUT).bearer_auth(&token)).await.status, 204);
    assert_eq!(ask(clinic.account(&token)).await.status, 200, "it works until it expires");
}

#[tokio::test]
async fn an_unknown_api_is_not_found() {
    let answer = ask(Stack::running().request(Method::POST, "/crm/auth/logout")).await;
    assert_eq!((answer.status, answer.text()), (404, NOT_FOUND));
    assert!(!answer.headers.contains_key("set-cookie"));
}
