//! `POST /api/v1/users/auth/send-otp`: sends a one-time code.

use domain::decide::Admission;
use domain::id::{Nonce, OtpId};
use domain::identifier::Identity;
use domain::limits::Window;
use domain::organization::Organization;
use domain::otp::{Channel, Code};
use domain::secret::Digest;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::http::{Body, Request, Response};
use runtime::key_rings::KeyRings;
use runtime::resources::KeyRingName;
use store::{Challenges, Counter, Counters, NewCode};
use surfaces::fence;
use surfaces::portal::{self, ApiKeys, Empty, Fields, Refusal, Sources};

/// Neither this struct nor the function's role can read users, so known and unknown identifiers
/// necessarily take the same steps.
pub struct State {
    api_keys: ApiKeys,
    challenges: Challenges,
    counters: Counters,
    sources: Sources,
    identifier_keys: KeyRings,
    otp_keys: KeyRings,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self {
            api_keys: ApiKeys::new(aws)?,
            challenges: Challenges::new(aws)?,
            counters: Counters::new(aws)?,
            sources: Sources::new(aws)?,
            identifier_keys: KeyRings::new(aws, KeyRingName::Identifier)?,
            otp_keys: KeyRings::new(aws, KeyRingName::Otp)?,
        })
    }
}

/// Counts the send by source and by identifier, then issues a code, sends the live one again, or
/// recognises a repetition.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, Refusal> {
    let organization = state.api_keys.organization(&request, now).await?;
    let source = portal::source(&request)?;
    let fields = Fields::of(&request)?;
    let identifier = fields.recipient()?;
    let channel = fields.channel_for(&identifier)?;
    let key = portal::idempotency_key(&request)?.map(|key| key.digest());

    // A code from before the end of a fence would never work.
    fence::require_over(organization.valid_after, now)?;
    let keys = state.identifier_keys.permanent(now).await?;
    let identity = Identity::of(&keys.current.bytes, &organization.id, &identifier);
    // A send stays counted.
    let _ = state.sources.count(&organization, &keys.current.bytes, source, now).await?;
    admit(state, &organization, &identity, now).await?;
    issue(state, &organization, &identity, channel, key.as_ref(), now).await?;
    Ok(portal::ok(&Empty {}))
}

async fn admit(
    state: &State,
    organization: &Organization,
    identity: &Identity,
    now: Timestamp,
) -> Result<(), Refusal> {
    let window = Window::day(now);
    let counter = Counter::sends(&organization.id, identity, window);
    match state.counters.count(&counter, &Nonce::random(), organization.sends_per_day).await? {
        Admission::OverLimit => Err(Refusal::RateLimited { retry_after: window.seconds_left(now) }),
        Admission::Admitted => Ok(()),
    }
}

async fn issue(
    state: &State,
    organization: &Organization,
    identity: &Identity,
    channel: Channel,
    idempotency_key: Option<&Digest>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let keys = state.otp_keys.current(now).await?;
    let key = &keys.current;
    let otp_id = OtpId::random();
    let code = Code::issue(&key.bytes, organization, identity, &otp_id);
    let digest = code.digest(&key.bytes, &otp_id);
    let new = NewCode {
        otp_id: &otp_id,
        digest: &digest,
        key_id: &key.kid,
        channel,
        key: idempotency_key,
    };
    let valid_after = organization.valid_after;
    Ok(state.challenges.issue(&organization.id, identity, &new, valid_after, now).await?)
}
