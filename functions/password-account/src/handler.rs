//! `GET /{api}/users/account`: returns the logged-in user.

use domain::time::Timestamp;
use domain::user::User;
use runtime::aws::Aws;
use runtime::http::{self, Body, Request, Response};
use serde::Serialize;
use surfaces::password::{self, Apis, Authentication, Presented, Refusal};

pub struct State {
    apis: Apis,
    authentication: Authentication,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { apis: Apis::new(aws.config())?, authentication: Authentication::new(aws)? })
    }
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

/// Returns the principal as it is stored now.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    let api = state.apis.of(&request)?;
    let organization = password::organization_id(&request)?;
    let presented = Presented::by(&request, api);
    let principal = state.authentication.principal(api, &organization, presented, now).await?;
    Ok(http::reply(200, &Account::from(principal.user)))
}
