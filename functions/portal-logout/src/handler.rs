//! `POST /api/v1/users/auth/logout`: revokes the whole refresh-token family.

use domain::decide::{RevocationReason, Revoked};
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::http::{Body, Request, Response};
use store::Sessions;
use surfaces::portal::{self, ApiKeys, Empty, Fields, Refusal};

pub struct State {
    api_keys: ApiKeys,
    sessions: Sessions,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { api_keys: ApiKeys::new(aws)?, sessions: Sessions::new(aws)? })
    }
}

/// Revokes the family of the presented token.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    let organization = state.api_keys.organization(&request, now).await?;
    let presented = Fields::of(&request)?.refresh_token()?;

    let session = state.sessions.find(&presented.digest()).await?;
    // An unknown token, or another organization's, gets the same answer.
    if let Some(session) = session.filter(|session| session.organization == organization.id) {
        // If the family was not found, none of its tokens works either.
        match state.sessions.revoke(&session.family, RevocationReason::Logout, now).await? {
            Revoked::Durably | Revoked::Gone => {}
        }
    }
    Ok(portal::ok(&Empty {}))
}
