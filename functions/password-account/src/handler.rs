//! `GET /{api}/users/account`: who is logged in.

use domain::time::Timestamp;
use domain::user::User;
use platform::http::{self, Body, Request, Response};
use platform::password::{self, Apis, Authentication, PasswordError, Presented};
use serde::Serialize;

/// What the endpoint needs.
pub struct State {
    /// APIs that there are tokens for.
    pub apis: Apis,
    /// Checks tokens.
    pub authentication: Authentication,
}

#[derive(Serialize)]
struct Account {
    id: String,
    username: Option<String>,
    organization: String,
}

impl From<User> for Account {
    fn from(user: User) -> Self {
        Self {
            id: user.id.into(),
            username: user.username.map(String::from),
            organization: user.organization.into(),
        }
    }
}

/// Answers who the bearer is, as of now.
///
/// # Errors
/// Every refusal of the contract, and `Unavailable` when a dependency is down.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, PasswordError> {
    let api = state.apis.of(&request)?;
    let organization = password::organization_id(&request)?;
    let presented = Presented::by(&request, api);
    let principal = state.authentication.principal(api, &organization, presented, now).await?;
    Ok(http::reply(200, &Account::from(principal.user)))
}
