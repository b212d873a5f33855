//! `POST /api/v1/users/auth/logout`: revokes the whole refresh-token family.

use domain::decide::{RevocationReason, Revoked};
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::http::{self, Body, Request, Response};
use runtime::telemetry;
use store::{Session, Sessions};
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
    portal::log_source(http::header(&request, portal::END_USER_IP));
    let api_key = ApiKeys::presented(&request)?;
    let session = match found(state, &request).await {
        Ok(session) => session,
        Err(refusal) => return Err(state.api_keys.refused(&api_key, refusal, now).await?),
    };
    let own = match &session {
        Some(session) => state.api_keys.find_as(&session.organization, &api_key, now).await?,
        None => None,
    };
    let Some(session) = session.filter(|_| own.is_some()) else {
        // An unknown token, or another organization's, gets the same answer.
        return match state.api_keys.find(&api_key, now).await? {
            Some(_) => Ok(portal::ok(&Empty {})),
            None => Err(Refusal::OrganizationNotFound),
        };
    };
    telemetry::user(&session.user);
    // If the family was not found, none of its tokens works either.
    match state.sessions.revoke(&session.family, RevocationReason::Logout, now).await? {
        Revoked::Durably | Revoked::Gone => Ok(portal::ok(&Empty {})),
    }
}

/// The session of the presented token.
async fn found(state: &State, request: &Request) -> Result<Option<Session>, Refusal> {
    let presented = Fields::of(request)?.refresh_token()?;
    Ok(state.sessions.find(&presented.digest()).await?)
}
