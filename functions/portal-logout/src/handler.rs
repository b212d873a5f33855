//! `POST /api/v1/users/auth/logout`: revokes the whole refresh-token family.

use domain::decide::RevocationReason;
use domain::time::Timestamp;
use platform::http::{self, Body, Request, Response};
use platform::portal::{self, Empty, Portal, PortalError, Presented};
use platform::store::Sessions;

/// What the endpoint needs.
pub struct State {
    /// Tenants by API key.
    pub portal: Portal,
    /// Families of refresh tokens.
    pub sessions: Sessions,
}

/// Ends the family of the presented token.
///
/// # Errors
/// Every refusal of the contract, and `Unavailable` when a dependency is down.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, PortalError> {
    let organization = state.portal.organization(&request, now).await?;
    let presented = http::json::<Presented>(&request)?.token()?;

    let session = state.sessions.find(&presented.digest()).await?;
    // A token of nobody or of another tenant: nothing to do, and nothing to tell.
    if let Some(session) = session.filter(|session| session.organization == organization.id) {
        // A family that is gone by now has no token that works either.
        let _ = state.sessions.revoke(&session.family, RevocationReason::Logout, now).await?;
    }
    Ok(portal::ok(&Empty {}))
}
