//! `POST /api/v1/users/auth/send-otp`: asks for a one-time code.

use domain::decide::Admission;
use domain::id::{Nonce, OtpId};
use domain::identifier::{Identifier, Identity};
use domain::limits::Window;
use domain::organization::Organization;
use domain::otp::{Channel, Code};
use domain::time::Timestamp;
use platform::http::{self, Body, Request, Response};
use platform::keys::KeyRings;
use platform::portal::{self, Addressee, Empty, Portal, PortalError};
use platform::store::{Challenges, Counter, NewCode};
use serde::Deserialize;

/// What the endpoint needs. Neither this struct nor the function's role reaches users: for known and
/// unknown identifiers it can't but do the same.
pub struct State {
    /// Tenants by API key.
    pub portal: Portal,
    /// Codes.
    pub challenges: Challenges,
    /// Keys that identities are computed under.
    pub identifier_keys: KeyRings,
    /// Keys that codes are derived under.
    pub otp_keys: KeyRings,
}

#[derive(Deserialize)]
struct SendOtp {
    #[serde(flatten)]
    addressee: Addressee,
    channel: String,
}

/// Asks for a code: counts the send, then issues a code or sends the live one again.
///
/// # Errors
/// Every refusal of the contract, and `Unavailable` when a dependency is down.
pub async fn handle(
    state: &State,
    request: Request,
    now: Timestamp,
) -> Result<Response<Body>, PortalError> {
    let organization = state.portal.organization(&request, now).await?;
    let body: SendOtp = http::json(&request)?;
    let identifier = body.addressee.identifier()?;
    let channel = channel_for(&identifier, &body.channel)?;

    let keys = state.identifier_keys.current(now).await?;
    let identity = Identity::of(&keys.current.bytes, &organization.id, &identifier);
    admit(state, &organization, &identity, now).await?;
    issue(state, &organization, &identity, channel, now).await?;
    Ok(portal::ok(&Empty {}))
}

/// The channel must be able to reach the identifier: no code by SMS to an address.
fn channel_for(identifier: &Identifier, channel: &str) -> Result<Channel, PortalError> {
    match (identifier, Channel::parse(channel)) {
        (Identifier::Email(_), Some(Channel::Email)) => Ok(Channel::Email),
        (Identifier::Phone(_), Some(Channel::Sms)) => Ok(Channel::Sms),
        _ => Err(PortalError::Validation),
    }
}

async fn admit(
    state: &State,
    organization: &Organization,
    identity: &Identity,
    now: Timestamp,
) -> Result<(), PortalError> {
    let Some(limit) = organization.sends_per_day else { return Ok(()) };
    let window = Window::day(now);
    let counter = Counter::sends(&organization.id, identity, window);
    match state.challenges.count(&counter, &Nonce::random(), limit).await? {
        Admission::OverLimit => {
            Err(PortalError::RateLimited { retry_after: window.seconds_left(now) })
        }
        _ => Ok(()),
    }
}

async fn issue(
    state: &State,
    organization: &Organization,
    identity: &Identity,
    channel: Channel,
    now: Timestamp,
) -> Result<(), PortalError> {
    let keys = state.otp_keys.current(now).await?;
    let key = &keys.current;
    let otp_id = OtpId::random();
    let code = Code::derive(&key.bytes, &organization.id, identity, &otp_id);
    let digest = code.digest(&key.bytes, &otp_id);
    let new = NewCode { otp_id: &otp_id, digest: &digest, key_id: &key.kid, channel };
    // New, again or just sent elsewhere: the caller is told nothing that depends on it.
    let _ = state.challenges.issue(&organization.id, identity, &new, now).await?;
    Ok(())
}
