//! `POST /api/v1/users/auth/refresh-token`: rotates a refresh token and gives a fresh access token.

use anyhow::Context as _;
use domain::decide::{Presentation, RevocationReason, Successor};
use domain::time::Timestamp;
use domain::token::access::{self, Claims};
use domain::token::refresh::{IdempotencyKey, RefreshToken};
use platform::http::{self, Body, Request, Response};
use platform::keys::KeyRings;
use platform::portal::{self, Portal, PortalError, Presented, Tokens};
use platform::store::{Rotated, Session, Sessions, Users};
use platform::telemetry;

/// What the endpoint needs.
pub struct State {
    /// Tenants by API key.
    pub portal: Portal,
    /// Families of refresh tokens.
    pub sessions: Sessions,
    /// Users.
    pub users: Users,
    /// Keys that sign access tokens.
    pub access_keys: KeyRings,
    /// Keys that derive idempotent successors.
    pub refresh_keys: KeyRings,
}

/// Rotates the presented token, or revokes its family if it had been rotated before.
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
    let idempotency_key = idempotency_key(&request)?;

    let session = state.sessions.find(&presented.digest()).await?;
    let session = session
        .filter(|session| session.organization == organization.id)
        .ok_or(PortalError::RefreshInvalid)?;
    let successors = Successors::of(state, &presented, idempotency_key.as_ref(), now).await?;
    rotate(state, &session, &presented, &successors, now).await
}

/// Absent, or as the header must be: one that is there but unusable would promise a safe retry.
fn idempotency_key(request: &Request) -> Result<Option<IdempotencyKey>, PortalError> {
    let Some(value) = request.headers().get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().map_err(|_| PortalError::Validation)?;
    IdempotencyKey::parse(text).map(Some).map_err(|_| PortalError::Validation)
}

/// The tokens that may follow the presented one; the first is the one to commit.
struct Successors(Vec<(Option<String>, RefreshToken)>);

impl Successors {
    async fn of(
        state: &State,
        presented: &RefreshToken,
        idempotency_key: Option<&IdempotencyKey>,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let Some(name) = idempotency_key else {
            return Ok(Self(vec![(None, RefreshToken::random())]));
        };
        let keys = state.refresh_keys.current(now).await?;
        let derived =
            keys.all().map(|key| (Some(key.kid.clone()), presented.successor(&key.bytes, name)));
        Ok(Self(derived.collect()))
    }

    fn presentation(&self, presented: &RefreshToken) -> Presentation {
        let successors = self
            .0
            .iter()
            .map(|(kid, token)| Successor { kid: kid.clone(), digest: token.digest() });
        Presentation { presented: presented.digest(), successors: successors.collect() }
    }

    fn token(&self, index: usize) -> anyhow::Result<&RefreshToken> {
        self.0.get(index).map(|(_, token)| token).context("no such successor")
    }
}

/// Facts first: a pointer to a token that nobody holds. The rotation, last, makes it count.
async fn rotate(
    state: &State,
    session: &Session,
    presented: &RefreshToken,
    successors: &Successors,
    now: Timestamp,
) -> Result<Response<Body>, PortalError> {
    let ((), user) = tokio::try_join!(
        async { state.sessions.put_pointer(session, &successors.token(0)?.digest()).await },
        state.users.find(&session.organization, &session.user),
    )?;
    let Some(user) = user.filter(|user| user.admits(session.created_at)) else {
        let _ = state.sessions.revoke(&session.family, RevocationReason::User, now).await?;
        return Err(PortalError::RefreshInvalid);
    };

    let keys = state.access_keys.current(now).await?;
    let claims = Claims::new(&user, &session.family, now);
    let access_token = access::sign(&claims, &keys).map_err(anyhow::Error::from)?;
    match state.sessions.rotate(session, &successors.presentation(presented), now).await? {
        Rotated::Current(index) => {
            Ok(portal::ok(&Tokens::bearer(&access_token, successors.token(index)?)))
        }
        Rotated::Replayed => Err(reused(RevocationReason::Reuse, now)),
        Rotated::Revoked(reason) => Err(reused(reason, now)),
        Rotated::Expired => Err(PortalError::RefreshExpired),
    }
}

/// One answer for every revoked family; the metric tells a theft from a client that had signed out.
fn reused(reason: RevocationReason, now: Timestamp) -> PortalError {
    telemetry::count("RefreshReused", ("reason", reason.as_str()), now);
    PortalError::RefreshReused
}
