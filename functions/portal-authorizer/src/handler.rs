//! API Gateway Lambda authorizer for other teams' APIs: the portal's access token and API key.

use std::collections::BTreeMap;

use domain::time::Timestamp;
use platform::event::{AuthorizerRequest, Verdict};
use platform::portal::{Authentication, PortalError, Principal};

/// What the authorizer needs.
pub struct State {
    /// Checks access tokens.
    pub authentication: Authentication,
}

/// Allows a request with a good access token for the tenant of its API key.
///
/// # Errors
/// A dependency is down.
pub async fn handle(
    state: &State,
    request: AuthorizerRequest,
    now: Timestamp,
) -> anyhow::Result<Verdict> {
    let (api_key, token) = (request.header("cv-api-key"), request.bearer());
    match state.authentication.principal(api_key, token, now).await {
        Ok(principal) => Ok(allow(principal)),
        Err(PortalError::Fault(fault)) => Err(fault.into_cause()),
        Err(_) => Ok(Verdict::Deny),
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
