//! `GET /v1/organizations/{organization_id}/validate`: validates a token with the organization's secret,
//! and marks the organization as integrated.

use anyhow::anyhow;
use domain::decide::Integration;
use domain::scope::Scope;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::http::{Body, Request, Response};
use runtime::outage::Unavailable;
use runtime::telemetry;
use serde::Serialize;
use store::Connections;
use surfaces::partner::{Answer, Authentication, Caller, Presented, Refusal};

/// The metric that the contract names.
const NEW_INTEGRATION: &str = "New Partner Integration";

pub struct State {
    authentication: Authentication,
    connections: Connections,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        let authentication = Authentication::new(aws)?;
        Ok(Self { authentication, connections: Connections::new(aws)? })
    }
}

#[derive(Serialize)]
struct Validated {
    validated: bool,
}

/// Checks token, secret, scope and access, in this order. The first success marks the organization.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    let presented = Presented::by(&request)?;
    let caller = state.authentication.caller(&presented, now).await?;
    caller.require_scope(Scope::CreatePatient)?;
    caller.require_access()?;
    if caller.connection.integrated_at.is_none() {
        integrate(state, &caller, now).await?;
    }
    let data = Validated { validated: true };
    Ok(Answer::<_>::new(&request, now, "Successfully validated token", &data).response())
}

async fn integrate(state: &State, caller: &Caller, now: Timestamp) -> Result<(), Refusal> {
    let connection = &caller.connection;
    match state.connections.integrate(&caller.organization, &connection.id, now).await? {
        // Exactly one call per connection gets here.
        Integration::Marked => {
            telemetry::count(NEW_INTEGRATION, ("partner", connection.partner.as_str()), now);
            Ok(())
        }
        Integration::AlreadyMarked => Ok(()),
        Integration::Disconnected => {
            Err(anyhow!("the connection was replaced meanwhile").context(Unavailable).into())
        }
    }
}
