//! `POST /{api}/auth/logout`: clears the token's cookie.

use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::http::{self, Body, Request, Response};
use surfaces::password::{self, Apis, Refusal, cookie};

/// Tokens are not stored, so logout can't revoke one: a copy of it works until it expires.
pub struct State {
    apis: Apis,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { apis: Apis::new(aws.config())? })
    }
}

/// Clears the cookie, even if the request has none. No form on another site can send the `organization`
/// header, so none can log a user out.
#[expect(clippy::unused_async, reason = "every handler is async")]
pub async fn handle(
    state: &State,
    request: Request,
    _now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    let api = state.apis.of(&request)?;
    password::organization_id(&request)?;
    let mut response = http::no_content();
    cookie::clear(&mut response, api);
    Ok(response)
}
