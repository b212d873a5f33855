//! `GET /api/1.0/sso/token/{access_token}`: who an access token belongs to.

use domain::decide::Grant;
use domain::secret::Digest;
use domain::sso::{User, UserInfo};
use domain::time::Timestamp;
use platform::http::{self, Body, Request, Response};
use platform::sso::{self, Clients, SsoError};
use platform::store::{SsoTokens, SsoUsers};

/// What the endpoint needs.
pub struct State {
    /// Authenticates clients.
    pub clients: Clients,
    /// Access tokens.
    pub tokens: SsoTokens,
    /// Users.
    pub users: SsoUsers,
}

/// Tells a client about the bearer of a token, whoever signed them in. Token and user are read
/// strongly: a sign-out that was acknowledged anywhere is seen here, and so is an account that was
/// shut.
///
/// # Errors
/// Every refusal of the contract, and `Unavailable` when a dependency is down.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, SsoError> {
    let client = state.clients.authenticate(&request, now).await?;
    if !client.reads_user_info {
        return Err(SsoError::ClientRefused);
    }
    let token = sso::access_token(&request)?;
    let bearer = bearer(state, &token.digest(), now).await?.ok_or(SsoError::TokenRefused)?;
    Ok(http::reply(200, &UserInfo::new(&bearer, &token)))
}

async fn bearer(state: &State, token: &Digest, now: Timestamp) -> anyhow::Result<Option<User>> {
    match state.tokens.find(token).await? {
        Some(Grant::Issued { user, issued_at, expires_at }) if now < expires_at => {
            let user = state.users.find(&user.into()).await?;
            Ok(user.filter(|user| user.admits(issued_at)))
        }
        Some(Grant::Issued { .. } | Grant::SignedOut { .. }) | None => Ok(None),
    }
}
