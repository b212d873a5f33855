//! Black-box tests of the portal over its running binaries, and the little that they share.
//!
//! The tests know the contracts and nothing else: no crate of this workspace, no table, no handler.
//! Every test makes a tenant of its own, so that all of them can run at once and in any order.
//!
//! One file in `tests/` per function, named like it; `common_headers`, `edge` and `gateway_events`
//! for what all endpoints have in common, `at_rest` for what the tables hold, `output` and
//! `lifecycle` for the stack as a program.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a test library reports by panicking"
)]

pub mod altered;
mod answer;
pub mod compatibility;
mod description;
mod environment;
pub mod exchange;
pub mod fixed;
pub mod forgery;
pub mod jwt;
pub mod line;
pub mod malformed;
pub mod operator;
pub mod own_stack;
pub mod partner;
pub mod password;
mod polling;
pub mod raw;
mod redaction;
mod stack;
mod tenant;
mod window;

pub use answer::{Answer, ask, race};
pub use polling::eventually;
pub use stack::{Message, Stack};
pub use tenant::{Patient, Session, Tenant, wrong};
pub use window::Window;

/// Where the endpoints are.
pub mod path {
    /// Asks for a code.
    pub const SEND_OTP: &str = "/api/v1/users/auth/send-otp";
    /// Exchanges a code for tokens.
    pub const VERIFY_OTP: &str = "/api/v1/users/auth/verify-otp";
    /// Rotates a refresh token.
    pub const REFRESH_TOKEN: &str = "/api/v1/users/auth/refresh-token";
    /// Ends a family of refresh tokens.
    pub const LOGOUT: &str = "/api/v1/users/auth/logout";
    /// Shows the signed-in patient.
    pub const ME: &str = "/api/v1/users/me";
}

/// Whether a text contains a secret; six digits in a longer number or a fraction are no code.
pub fn reveals(text: &str, secret: &str) -> bool {
    let is_code = secret.len() == 6 && secret.chars().all(|c| c.is_ascii_digit());
    text.match_indices(secret).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + secret.len()..]);
        let starts = !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.');
        let ends = !after.starts_with(|c: char| c.is_ascii_alphanumeric());
        !is_code || (starts && ends)
    })
}

/// Bytes as Lambda events carry them.
pub fn base64(bytes: impl AsRef<[u8]>) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
}

/// The field that the portal's 400 says to be wrong; the rest of the answer is checked.
pub fn issue(answer: &Answer) -> String {
    let mut body = answer.json();
    let issues = body.as_object_mut().and_then(|body| body.remove("issues"));
    let expected = serde_json::json!({
        "status": 400, "success": false, "error": "Validation failed", "code": "VALIDATION_ERROR",
    });
    assert_eq!((answer.status, body), (400, expected));
    let issues = issues.unwrap_or_default();
    let [issue] = issues.as_array().expect("issues").as_slice() else { panic!("{issues}") };
    assert!(issue["message"].as_str().is_some_and(|text| !text.is_empty()), "{issue}");
    issue["field"].as_str().expect("a field").to_owned()
}

/// The body of every 404 that is ours.
pub const ORGANIZATION_NOT_FOUND: &str =
    r#"{"status":404,"success":false,"error":"Organization not found","code":"NOT_FOUND"}"#;
