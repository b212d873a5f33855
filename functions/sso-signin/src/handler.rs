//! `POST /api/1.0/sso/signin`: a user's email and password for an access token.

use std::time::Duration;

use domain::time::Timestamp;
use domain::token::sso::AccessToken;
use platform::http::{self, Body, Request, Response};
use platform::sso::{Clients, Logins, SsoError};
use platform::store::SsoTokens;
use serde::Serialize;

/// What the endpoint needs.
pub struct State {
    /// Authenticates clients.
    pub clients: Clients,
    /// Checks email and password.
    pub logins: Logins,
    /// Access tokens.
    pub tokens: SsoTokens,
    /// Life of a token.
    pub lifetime: Duration,
}

impl State {
    /// Fetches keys and opens connections ahead of the first request.
    pub async fn prime(&self) {
        tokio::join!(self.clients.prime(), self.logins.prime());
    }
}

/// This field and no other: clients of the contract read the answer with a mapper that refuses more.
#[derive(Serialize)]
struct SignedIn<'a> {
    access_token: &'a str,
}

/// Signs a user in, whichever client asks. Every sign-in gives a token of its own; earlier ones stay
/// good.
///
/// # Errors
/// Every refusal of the contract, and `Unavailable` when a dependency is down.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, SsoError> {
    state.clients.authenticate(&request, now).await?;
    let login = state.logins.check(&request, now).await?;

    let token = AccessToken::random();
    let digest = token.digest();
    let (issued, ()) = tokio::join!(
        state.tokens.issue(&digest, login.user.id, state.lifetime, now),
        state.logins.note_sign_in(&login, now),
    );
    issued?;
    Ok(http::reply(200, &SignedIn { access_token: token.expose() }))
}
