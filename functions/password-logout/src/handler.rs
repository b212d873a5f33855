//! `POST /{api}/auth/logout`: has the caller forget the token's cookie.

use domain::time::Timestamp;
use platform::http::{self, Body, Request, Response};
use platform::password::{Apis, PasswordError, cookie};

/// What the endpoint needs. There is no state behind a token, so there is none to end: it works until
/// it expires, wherever else it was kept.
pub struct State {
    /// APIs that there are tokens for.
    pub apis: Apis,
}

/// Clears the cookie, whether or not there was one: whoever wants to be logged out is.
///
/// # Errors
/// `UnknownApi`.
#[expect(clippy::unused_async, reason = "every handler is one")]
pub async fn handle(
    state: &State,
    request: Request,
    _now: Timestamp,
) -> Result<Response<Body>, PasswordError> {
    let api = state.apis.of(&request)?;
    let mut response = http::no_content();
    cookie::clear(&mut response, api);
    Ok(response)
}
