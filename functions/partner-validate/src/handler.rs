//! `GET /v1/organizations/{organization_id}/validate`: proves a token and an organization's secret, and
//! marks the organization as integrated.

use anyhow::anyhow;
use domain::decide::Integration;
use domain::scope::Scope;
use domain::time::Timestamp;
use platform::aws::Unavailable;
use platform::http::{Body, Request, Response};
use platform::partner::{Answer, Authentication, Caller, PartnerError, Presented};
use platform::store::Partners;
use platform::telemetry;
use serde::Serialize;

/// The contract's metric.
const NEW_INTEGRATION: &str = "New Partner Integration";

/// What the endpoint needs.
pub struct State {
    /// Checks tokens and secrets.
    pub authentication: Authentication,
    /// Where the mark is.
    pub partners: Partners,
}

#[derive(Serialize)]
struct Validated {
    validated: bool,
}

/// Checks what is presented, step by step; the first that fails answers. Whoever comes through marks the
/// organization, unless it is marked.
///
/// # Errors
/// Every refusal of the contract, and `Unavailable` when a dependency is down.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, PartnerError> {
    let presented = Presented::by(&request)?;
    let caller = state.authentication.caller(&presented, now).await?;
    caller.has_scope(Scope::CreatePatient)?;
    caller.has_access()?;
    if caller.connection.integrated_at.is_none() {
        integrate(state, &caller, now).await?;
    }
    let data = Validated { validated: true };
    Ok(Answer::<_>::new(&request, now, "Successfully validated token", &data).response())
}

async fn integrate(state: &State, caller: &Caller, now: Timestamp) -> Result<(), PartnerError> {
    let connection = &caller.connection;
    match state.partners.integrate(&caller.organization, &connection.id, now).await? {
        // Of however many calls, exactly one comes here.
        Integration::Marked => {
            telemetry::count(NEW_INTEGRATION, ("partner", connection.partner.as_str()), now);
            Ok(())
        }
        Integration::AlreadyMarked => Ok(()),
        Integration::Disconnected | Integration::Unresolved => {
            Err(anyhow!("the organization was connected anew").context(Unavailable).into())
        }
    }
}
