//! `POST /api/v1/users/auth/refresh-token`: rotates a refresh token, and issues an access token.

use anyhow::Context as _;
use domain::decide::{Presentation, RevocationReason, Revoked, Rotation, Successor};
use domain::idempotency_key::IdempotencyKey;
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::access::{self, Claims};
use domain::token::refresh::RefreshToken;
use domain::user::User;
use runtime::aws::Aws;
use runtime::http::{self, Body, Refusal as _, Request, Response};
use runtime::key_rings::KeyRings;
use runtime::resources::KeyRingName;
use runtime::telemetry;
use store::{Session, Sessions, Users};
use surfaces::admission::admitted;
use surfaces::portal::{self, ApiKeys, Fields, Issue, Refusal, Tokens};

pub struct State {
    api_keys: ApiKeys,
    sessions: Sessions,
    users: Users,
    access_keys: KeyRings,
    /// The keys that derive successors for retries.
    refresh_keys: KeyRings,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        aws.expect_parallel_calls(3);
        Ok(Self {
            api_keys: ApiKeys::new(aws)?,
            sessions: Sessions::new(aws)?,
            users: Users::new(aws)?,
            access_keys: KeyRings::new(aws, KeyRingName::PortalAccess)?,
            refresh_keys: KeyRings::new(aws, KeyRingName::PortalRefresh)?,
        })
    }
}

/// Rotates the presented token or, if it was rotated before, revokes its family.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    portal::log_source(http::header(&request, portal::END_USER_IP));
    let api_key = ApiKeys::presented(&request)?;
    // The session names the organization, so that the API key's pointer need not be read first.
    let (presented, idempotency_key, session) = match found(state, &request).await {
        Ok(found) => found,
        Err(refusal) => return Err(state.api_keys.refused(&api_key, refusal, now).await?),
    };
    let successors = successors(state, &presented, idempotency_key.as_ref(), now).await?;
    let key = idempotency_key.map(|key| key.digest_in(&session.family));
    let call = Presentation { presented: presented.digest(), successors, key };
    rotate(state, &session, &api_key, &call, now).await
}

/// The presented token, the idempotency key, and the token's session.
async fn found(
    state: &State,
    request: &Request,
) -> Result<(RefreshToken, Option<IdempotencyKey>, Session), Refusal> {
    let presented = Fields::of(request)?.refresh_token()?;
    let idempotency_key = portal::idempotency_key(request)?;
    let session = state.sessions.find(&presented.digest()).await?;
    Ok((presented, idempotency_key, session.ok_or(Refusal::RefreshInvalid)?))
}

/// The tokens that may succeed the presented one. The first is the one to commit.
async fn successors(
    state: &State,
    presented: &RefreshToken,
    idempotency_key: Option<&IdempotencyKey>,
    now: Timestamp,
) -> anyhow::Result<Vec<Successor>> {
    let Some(idempotency_key) = idempotency_key else {
        return Ok(vec![Successor::new(None, RefreshToken::random())]);
    };
    let keys = state.refresh_keys.current(now).await?;
    let derived = keys.all().map(|key| {
        let token = presented.successor(&key.bytes, idempotency_key);
        Successor::new(Some(key.kid.clone()), token)
    });
    Ok(derived.collect())
}

/// Puts the pointer of the successor first, beside what is still to be read: no client has that token yet. The rotation, last, makes the
/// pointer count; a refused call takes it away again.
async fn rotate(
    state: &State,
    session: &Session,
    api_key: &Secret,
    call: &Presentation,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    if state.api_keys.is_of_another(&session.organization, api_key, now) {
        return Err(of_another());
    }
    let next = call.successors.first().context("no successor to commit")?;
    let (organization, is_put, user) = tokio::try_join!(
        state.api_keys.find_as(&session.organization, api_key, now),
        state.sessions.put_pointer(session, &next.digest),
        state.users.find(&session.organization, &session.user),
    )?;
    let answer = if let Some(organization) = organization {
        telemetry::user(&session.user);
        match admitted(user, organization.valid_after, session.created_at) {
            Ok(user) => commit(state, session, &user, call, now).await,
            Err(step) => refuse(state, session, step, now).await,
        }
    } else {
        let refusal = state.api_keys.refused(api_key, Refusal::RefreshInvalid, now).await?;
        Err(if matches!(refusal, Refusal::RefreshInvalid) { of_another() } else { refusal })
    };
    // After a server error, a late copy of the rotation may still make the pointer count. A pointer
    // under an idempotency key may be that of an earlier try.
    let is_derived = call.key.is_some();
    let is_refused = answer.as_ref().is_err_and(|refusal| refusal.server_error().is_none());
    if is_refused && (is_put || !is_derived) {
        let dropped = state.sessions.drop_pointer(session, &next.digest, is_derived).await;
        telemetry::warn_if_failed(dropped);
    }
    answer
}

async fn commit(
    state: &State,
    session: &Session,
    user: &User,
    call: &Presentation,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    let keys = state.access_keys.current(now).await?;
    let claims = Claims::new(user, &session.family, now);
    let access_token = access::sign(&claims, &keys).map_err(anyhow::Error::from)?;
    match state.sessions.rotate(session, call, now).await? {
        Rotation::Rotated(token) => Ok(portal::ok(&Tokens::bearer(&access_token, &token))),
        Rotation::KeyUsed => Err(Refusal::Validation(Issue::IDEMPOTENCY_KEY_USED)),
        Rotation::Replayed => Err(reused(RevocationReason::Reuse, now)),
        Rotation::Revoked(reason) => Err(reused(reason, now)),
        Rotation::Expired => Err(Refusal::RefreshExpired),
    }
}

/// Refuses a session that was signed out with all others, once its family is durably revoked: it stays
/// refused, even if the item with the sign-out is replaced by an older image.
async fn refuse(
    state: &State,
    session: &Session,
    step: &'static str,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    telemetry::failed_step(step);
    match state.sessions.revoke(&session.family, RevocationReason::User, now).await? {
        Revoked::Durably | Revoked::Gone => Err(Refusal::RefreshInvalid),
    }
}

/// The session is another organization's.
fn of_another() -> Refusal {
    telemetry::failed_step("ORGANIZATION_NOT_OWN");
    Refusal::RefreshInvalid
}

/// Every revoked family gets the same answer. The metric distinguishes a theft from a logout.
fn reused(reason: RevocationReason, now: Timestamp) -> Refusal {
    telemetry::count("RefreshReused", ("reason", reason.as_str()), now);
    telemetry::failed_step(match reason {
        RevocationReason::Reuse => "REFRESH_REUSED",
        RevocationReason::Logout => "LOGGED_OUT",
        RevocationReason::User => "SIGNED_OUT",
        RevocationReason::Operator => "SESSION_REVOKED",
    });
    Refusal::RefreshReused
}
