//! `GET /api/v1/users/me`: the signed-in patient.

use domain::time::Timestamp;
use domain::user::User;
use platform::http::{self, Body, Request, Response};
use platform::portal::{self, Authentication, PortalError};
use serde::Serialize;

/// What the endpoint needs.
pub struct State {
    /// Checks access tokens.
    pub authentication: Authentication,
}

#[derive(Serialize)]
struct Me {
    data: Profile,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    user_id: String,
    organization_id: String,
    email: Option<String>,
    phone_number: Option<String>,
    role: String,
    organization_access_role: String,
}

impl From<User> for Profile {
    fn from(user: User) -> Self {
        Self {
            user_id: user.id.into(),
            organization_id: user.organization.into(),
            email: user.email.map(String::from),
            phone_number: user.phone.map(String::from),
            role: user.role,
            organization_access_role: user.access_role,
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
) -> Result<Response<Body>, PortalError> {
    let (api_key, token) = (http::header(&request, "cv-api-key"), http::bearer(&request));
    let principal = state.authentication.principal(api_key, token, now).await?;
    Ok(portal::ok(&Me { data: principal.user.into() }))
}
