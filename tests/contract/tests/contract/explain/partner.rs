//! The partners' checks, in their order.

use contract::{
    Stack,
    partner::{PARTNER, PARTNER_SECRET, Practice, TOKEN},
};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::{NONE, climb};

#[tokio::test]
async fn the_partners_checks_are_told_in_their_order() {
    let stack = Stack::running();
    let (practice, other) = (Practice::new().await, Practice::new().await);
    let narrow = Practice::allowing(&["read:user"]).await;
    let names = [
        "x-partner-id",
        "x-partner-secret",
        "x-organization-id",
        "x-organization-secret",
        "x-user-id",
    ];
    // The first so many headers are right. Not even the form of the others is.
    let ask_with = |right: usize| {
        let values =
            [PARTNER, PARTNER_SECRET, &practice.organization, &practice.secret, &practice.user_id];
        let value = |at: usize| if at < right { values[at] } else { "a#b" };
        let headers: Vec<_> = (0..5).map(|at| (names[at], value(at))).collect();
        practice.ask_with(&headers, &json!({}))
    };
    climb(
        &stack,
        vec![
            ("CREDENTIALS_REQUIRED", stack.request(Method::POST, TOKEN).header("x-user-id", "a#b")),
            ("PARTNER_UNKNOWN", ask_with(0)),
            ("PARTNER_SECRET_WRONG", ask_with(1)),
            ("ORGANIZATION_NOT_CONNECTED", ask_with(2)),
            ("ORGANIZATION_SECRET_WRONG", ask_with(3)),
            ("USER_UNKNOWN", ask_with(4)),
            ("FIELDS_INVALID", ask_with(5)),
            (NONE, practice.ask_token(&["create:patient"])),
        ],
    )
    .await;
    let (token, of_narrow) = (practice.token().await, narrow.token_for(&["read:user"]).await);
    let at = |organization: &str| practice.validate_at(organization);
    let with = |request: RequestBuilder, secret: &str| {
        request.header("x-organization-secret", secret.to_owned())
    };
    climb(
        &stack,
        vec![
            ("DEPRECATED_HEADER", at("other").header("x-partner-secret", "a")),
            ("ORGANIZATION_SECRET_REQUIRED", at("other")),
            ("TOKEN_REQUIRED", with(at("other"), "wrong")),
            ("TOKEN_INVALID", with(at("other"), "wrong").bearer_auth("forged")),
            ("ORGANIZATION_NOT_CONNECTED", with(at("other"), "wrong").bearer_auth(&of_narrow)),
            (
                "ORGANIZATION_SECRET_WRONG",
                with(at(&practice.organization), "wrong").bearer_auth(&of_narrow),
            ),
            (
                "SCOPE_MISSING",
                with(at(&practice.organization), &practice.secret).bearer_auth(&of_narrow),
            ),
            (
                "ORGANIZATION_NOT_OWN",
                with(at(&other.organization), &other.secret).bearer_auth(&token),
            ),
            (NONE, practice.validate(&token)),
        ],
    )
    .await;
    climb(&stack, vec![(NONE, stack.request(Method::GET, "/.well-known/jwks.json"))]).await;
}
