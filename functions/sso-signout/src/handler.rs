//! `POST /api/1.0/sso/signout/{access_token}`: ends a user's own access token.

use domain::time::Timestamp;
use platform::http::{self, Body, Request, Response};
use platform::sso::{self, Clients, Logins, SsoError};
use platform::store::{SignedOut, SsoTokens};
use serde::Serialize;

/// What the endpoint needs.
pub struct State {
    /// Authenticates clients.
    pub clients: Clients,
    /// Checks email and password.
    pub logins: Logins,
    /// Access tokens.
    pub tokens: SsoTokens,
}

impl State {
    /// Fetches keys and opens connections ahead of the first request.
    pub async fn prime(&self) {
        tokio::join!(self.clients.prime(), self.logins.prime());
    }
}

#[derive(Serialize)]
struct Confirmation {
    error: bool,
    message: &'static str,
    code: u16,
}

/// Ends the token in the path, if it is live and of the user whose email and password are in the form.
/// No service that asks about it afterwards is told who had it.
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

    let sign_out = async {
        let token = sso::access_token(&request)?;
        Ok::<_, SsoError>(state.tokens.sign_out(&token.digest(), login.user.id, now).await?)
    };
    let (signed_out, ()) = tokio::join!(sign_out, state.logins.take_back(&login));
    match signed_out? {
        SignedOut::Durably => {
            Ok(http::reply(200, &Confirmation { error: false, message: "Signed out", code: 200 }))
        }
        SignedOut::NotTheirs => Err(SsoError::TokenRefused),
    }
}
