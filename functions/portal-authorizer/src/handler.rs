//! API Gateway Lambda authorizer for other teams' APIs: checks the portal's API key and access token.

use std::collections::BTreeMap;

use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::event::{AuthorizerRequest, Verdict};
use runtime::http;
use surfaces::portal::{self, Authentication, Principal, Refusal};

pub struct State {
    authentication: Authentication,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { authentication: Authentication::new(aws)? })
    }
}

/// Allows a request with a valid access token for the organization of its API key.
pub async fn handle(
    state: &State,
    request: AuthorizerRequest,
    now: Timestamp,
) -> anyhow::Result<Verdict> {
    portal::log_source(request.header(portal::END_USER_IP));
    let (api_key, token) = (request.header("cv-api-key"), request.bearer());
    match state.authentication.principal(api_key, token, now).await {
        Ok(principal) => Ok(allow(principal)),
        Err(Refusal::ServerError(error)) => Err(error.into_cause()),
        Err(refusal) => Ok(http::denied(&refusal, now)),
    }
}

fn allow(principal: Principal) -> Verdict {
    let user = principal.user;
    Verdict::Allow {
        principal: user.id.to_string(),
        context: BTreeMap::from([
            ("userId", user.id.into()),
            ("organizationId", user.organization.into()),
            ("role", user.role),
            ("organizationAccessRole", user.access_role),
        ]),
    }
}
