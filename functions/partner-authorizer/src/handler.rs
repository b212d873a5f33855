//! API Gateway Lambda authorizer for other teams' APIs: gives the partner of an integrated organization
//! access, with the scopes that the organization grants.

mod organization_in_path;

use std::collections::BTreeMap;

use domain::scope::Scopes;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::event::{AuthorizerRequest, Verdict};
use runtime::http::{self, Refusal as _};
use runtime::telemetry;
use surfaces::partner::{Authentication, Caller, Presented, Refusal};

use organization_in_path::{OrganizationParameters, Unclear};

pub struct State {
    authentication: Authentication,
    parameters: OrganizationParameters,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        let parameters = OrganizationParameters::new(aws.config())?;
        Ok(Self { authentication: Authentication::new(aws)?, parameters })
    }
}

/// Allows a request with a valid token and the secret of its organization. The organization must be
/// integrated and, if the path can name an organization, be the one that it names. The service behind
/// the route compares the scopes that are passed on with those that the route needs.
pub async fn handle(
    state: &State,
    request: AuthorizerRequest,
    now: Timestamp,
) -> anyhow::Result<Verdict> {
    let in_path = match state.parameters.of(&request) {
        Ok(in_path) => in_path,
        Err(Unclear) => return Ok(refused("ORGANIZATION_PARAMETER_UNKNOWN", now)),
    };
    let caller = match authenticated(state, &request, now).await {
        Ok(caller) => caller,
        Err(Refusal::ServerError(error)) => return Err(error.into_cause()),
        Err(refusal) => return Ok(http::denied(&refusal, now)),
    };
    let scopes = caller.scopes();
    // To the letter: the service behind the gateway may take another spelling for another organization.
    let is_elsewhere = |id: &str| id != caller.organization.as_str();
    match () {
        () if in_path.is_some_and(is_elsewhere) => Ok(refused(Refusal::NoAccess.step(), now)),
        () if scopes.is_empty() => Ok(refused("SCOPE_MISSING", now)),
        () if caller.connection.integrated_at.is_none() => Ok(refused("NOT_INTEGRATED", now)),
        () => Ok(allow(caller, &scopes)),
    }
}

async fn authenticated(
    state: &State,
    request: &AuthorizerRequest,
    now: Timestamp,
) -> Result<Caller, Refusal> {
    let presented = Presented::to_authorizer(request)?;
    let caller = state.authentication.caller(&presented, now).await?;
    caller.require_access()?;
    Ok(caller)
}

/// Denies what a good token doesn't allow.
fn refused(step: &'static str, now: Timestamp) -> Verdict {
    telemetry::failed_step(step);
    telemetry::count("TokenRefused", ("reason", step), now);
    Verdict::Deny
}

fn allow(caller: Caller, scopes: &Scopes) -> Verdict {
    let claims = caller.claims;
    Verdict::Allow {
        principal: claims.partner_id.to_string(),
        context: BTreeMap::from([
            ("organizationId", claims.organization_id.into()),
            ("partnerId", claims.partner_id.into()),
            ("userId", claims.user_id.into()),
            ("scopes", scopes.names().collect::<Vec<_>>().join(" ")),
        ]),
    }
}
