//! The password surface's checks, in their order.

use contract::{
    Stack,
    password::{ACCOUNT, AUTH, Clinic},
};
use reqwest::Method;
use serde_json::json;

use super::{NONE, climb};

#[tokio::test]
async fn the_password_surfaces_checks_are_told_in_their_order() {
    let stack = Stack::running();
    let (clinic, other) = (Clinic::new().await, Clinic::new().await);
    let post = |path: &str| stack.request(Method::POST, path);
    climb(
        &stack,
        vec![
            ("UNKNOWN_API", post("/unknown/auth")),
            ("ORGANIZATION_REQUIRED", post(AUTH)),
            ("BODY_MALFORMED", post(AUTH).header("organization", "unknown").json(&json!({}))),
            ("ORGANIZATION_UNKNOWN", clinic.try_in("unknown", "wrong")),
            ("USER_UNKNOWN", clinic.try_as("nobody", "wrong")),
            ("PASSWORD_WRONG", clinic.try_as(&clinic.username, "wrong")),
            (NONE, clinic.log_in()),
        ],
    )
    .await;
    let token = clinic.token().await;
    let get = |path: &str| stack.request(Method::GET, path);
    climb(
        &stack,
        vec![
            ("UNKNOWN_API", get("/unknown/users/account")),
            ("ORGANIZATION_REQUIRED", get(ACCOUNT)),
            ("TOKEN_REQUIRED", get(ACCOUNT).header("organization", "unknown")),
            ("UNAUTHORIZED", get(ACCOUNT).header("organization", "unknown").bearer_auth("forged")),
            ("ORGANIZATION_NOT_OWN", other.account(&token)),
            ("COOKIE_NOT_ACCEPTED", clinic.account_by_cookie(&token)),
            (NONE, clinic.account(&token)),
        ],
    )
    .await;
    let logout = "/patient/auth/logout";
    climb(
        &stack,
        vec![
            ("UNKNOWN_API", post("/unknown/auth/logout")),
            ("ORGANIZATION_REQUIRED", post(logout)),
            (NONE, clinic.request(Method::POST, logout)),
        ],
    )
    .await;
}
