//! API Gateway Lambda authorizer for other teams' APIs: a password login's token and organization.

use std::collections::BTreeMap;

use domain::id::{ApiName, OrganizationId};
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::event::{AuthorizerRequest, Verdict};
use surfaces::password::{Apis, Authentication, Presented, Principal, Refusal, cookie};

pub struct State {
    apis: Apis,
    authentication: Authentication,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { apis: Apis::new(aws.config())?, authentication: Authentication::new(aws)? })
    }
}

/// Allows a request with a good token for this API and the organization that it names.
pub async fn handle(
    state: &State,
    request: AuthorizerRequest,
    now: Timestamp,
) -> anyhow::Result<Verdict> {
    let (Some(api), Some(organization)) =
        (api(&state.apis, &request), request.header("organization"))
    else {
        return Ok(Verdict::Deny);
    };
    let organization = OrganizationId::meant_by(organization);
    let name = cookie::name(api);
    let presented = Presented::among(
        request.has_header("authorization"),
        || request.bearer(),
        || request.cookie(&name),
    );
    match state.authentication.principal(api, &organization, presented, now).await {
        Ok(principal) => Ok(allow(principal)),
        Err(Refusal::ServerError(error)) => Err(error.into_cause()),
        Err(_) => Ok(Verdict::Deny),
    }
}

/// The API that a token has to be for: the path parameter `api` of the route, where it has one;
/// otherwise the only API that there is. Among several a route has to say which.
fn api<'a>(apis: &'a Apis, request: &AuthorizerRequest) -> Option<&'a ApiName> {
    match request.path_parameter("api") {
        Some(name) => apis.named(name),
        None => apis.only(),
    }
}

fn allow(principal: Principal) -> Verdict {
    let Principal { user, claims } = principal;
    Verdict::Allow {
        principal: user.id.to_string(),
        context: BTreeMap::from([
            ("userId", user.id.into()),
            ("organization", user.organization.into()),
            ("api", claims.aud.into()),
        ]),
    }
}
