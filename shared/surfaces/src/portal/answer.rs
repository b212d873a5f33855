//! Successes of the portal.

use domain::secret::Secret;
use domain::token::access;
use domain::token::refresh::RefreshToken;
use lambda_http::{Body, Response};
use runtime::http;
use serde::Serialize;

/// The envelope of a success. The endpoint's fields are beside `status` and `success`.
#[derive(Serialize)]
struct Envelope<'a, T> {
    status: u16,
    success: bool,
    #[serde(flatten)]
    fields: &'a T,
}

/// The fields of an endpoint that returns none.
#[derive(Serialize)]
pub struct Empty {}

/// The tokens that a client gets at a sign-in and at each rotation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tokens<'a> {
    access_token: &'a str,
    refresh_token: &'a str,
    expires_in: u64,
    token_type: &'static str,
}

impl<'a> Tokens<'a> {
    pub fn bearer(access: &'a Secret, refresh: &'a RefreshToken) -> Self {
        Self {
            access_token: access.expose(),
            refresh_token: refresh.expose(),
            expires_in: access::LIFETIME.as_secs(),
            token_type: "Bearer",
        }
    }
}

/// A 200 in the portal's envelope.
pub fn ok(fields: &impl Serialize) -> Response<Body> {
    http::reply(200, &Envelope { status: 200, success: true, fields })
}
