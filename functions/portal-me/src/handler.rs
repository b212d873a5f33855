//! `GET /api/v1/users/me`: returns the signed-in user.

use domain::time::Timestamp;
use domain::user::User;
use runtime::aws::Aws;
use runtime::http::{self, Body, Request, Response};
use serde::Serialize;
use surfaces::portal::{self, Authentication, Refusal};

pub struct State {
    authentication: Authentication,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { authentication: Authentication::new(aws)? })
    }
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

/// Returns the principal as it is stored now.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    portal::log_source(http::header(&request, portal::END_USER_IP));
    let (api_key, token) = (http::header(&request, "cv-api-key"), http::bearer(&request));
    let principal = state.authentication.principal(api_key, token, now).await?;
    Ok(portal::ok(&Me { data: principal.user.into() }))
}
