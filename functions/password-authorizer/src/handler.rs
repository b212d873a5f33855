//! API Gateway Lambda authorizer for other teams' APIs: checks the token of a password login.

use std::collections::BTreeMap;

use domain::id::{ApiName, OrganizationId};
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::event::{AuthorizerRequest, Verdict};
use runtime::http;
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

/// Allows a request with a valid token for this API and for the organization in its header.
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
    let organization = OrganizationId::for_lookup(organization);
    let name = cookie::name(api);
    // The service behind the gateway might read the other value.
    if request.repeats("authorization") {
        return Ok(Verdict::Deny);
    }
    let cookie = || request.cookie(&name);
    let presented = Presented::among(request.header("authorization"), cookie);
    match state.authentication.principal(api, &organization, presented, now).await {
        Ok(principal) => Ok(allow(principal)),
        Err(Refusal::ServerError(error)) => Err(error.into_cause()),
        Err(refusal) => {
            http::count_refusal(&refusal, now);
            Ok(Verdict::Deny)
        }
    }
}

/// The API that the token must be for: the route's path parameter `api` or, without it, the deployment's
/// only API. If there are several APIs, a route needs the parameter.
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
