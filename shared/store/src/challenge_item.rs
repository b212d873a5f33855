//! The items of codes.

use std::time::Duration;

use anyhow::Context as _;
use domain::author::Author;
use domain::decide::{Challenge, KeyedSend, LiveCode};
use domain::id::{Nonce, OrganizationId, OtpId, SendId};
use domain::identifier::Identity;
use domain::otp::{self, Channel};
use domain::request_id::RequestId;
use domain::secret::Digest;
use domain::time::Timestamp;

use runtime::event::Change;

use crate::item::{BY, Item, instant, string, ttl};

/// How long after a code's expiry its item may be deleted.
const RETENTION: Duration = Duration::from_hours(24);

/// The prefix of the keys of codes.
pub const CODES: &str = "OTP#";

/// A new code, before it is stored.
#[derive(Clone, Debug)]
pub struct NewCode<'a> {
    pub otp_id: &'a OtpId,
    /// The digest that attempts will be compared with.
    pub digest: &'a Digest,
    /// The OTP key that the code was derived under.
    pub key_id: &'a str,
    pub channel: Channel,
    /// Digest of the request's idempotency key.
    pub key: Option<&'a Digest>,
}

pub fn code_key(organization: &OrganizationId, identity: &Identity) -> String {
    format!("{CODES}{organization}#{}", identity.as_str())
}

/// The organization and the identity in the key of a code; `None` in the key of another item.
pub fn code_names(pk: &str) -> anyhow::Result<Option<(OrganizationId, Identity)>> {
    let names = pk.strip_prefix(CODES).and_then(|names| names.split_once('#'));
    let Some((organization, identity)) = names else { return Ok(None) };
    Ok(Some((OrganizationId::parse(organization)?, Identity::stored(identity))))
}

/// A delivery that a change in the table's stream requests.
#[derive(Debug)]
pub struct Due {
    pub organization: OrganizationId,
    pub identity: Identity,
    pub otp_id: OtpId,
    pub send_id: SendId,
    pub code: LiveCode,
    /// The request that sent the code; `None` in an item from before items named their authors.
    pub caused_by: Option<RequestId>,
}

impl Due {
    /// The delivery that a change requests: the item has a code, and its send id changed.
    pub fn of(change: &Change) -> anyhow::Result<Option<Self>> {
        let Some(new) = change.new.clone().map(Item::from) else { return Ok(None) };
        let Some((organization, identity)) = code_names(new.text("pk")?)? else { return Ok(None) };
        let challenge = read(&new)?;
        let old = change.old.clone().map(Item::from);
        let old_send = old.as_ref().map(|old| old.text("sendId")).transpose()?;
        let is_send = old_send != Some(challenge.send_id.as_str());
        let Some(code) = challenge.code.clone().filter(|_| is_send) else { return Ok(None) };
        let caused_by = new.some_text(BY)?.and_then(request);
        let Challenge { otp_id, send_id, .. } = challenge;
        Ok(Some(Self { organization, identity, otp_id, send_id, code, caused_by }))
    }
}

fn request(by: &str) -> Option<RequestId> {
    match Author::parse(by) {
        Ok(Author::Function { request_id, .. }) => Some(request_id),
        Ok(Author::Operator { .. }) | Err(_) => None,
    }
}

pub fn new_item(pk: &str, code: &NewCode<'_>, send_id: &SendId, now: Timestamp) -> Item {
    let expires_at = now.plus(otp::LIFETIME);
    Item::new(pk.to_owned())
        .with("otpId", string(code.otp_id.as_str()))
        .with("codeHash", string(code.digest.as_str()))
        .with("issuedAt", instant(now))
        .with("expiresAt", instant(expires_at))
        .with("sendId", string(send_id.as_str()))
        .with("channel", string(code.channel.as_str()))
        .with("keyId", string(code.key_id))
        .with_some("sentFor", code.key.map(|key| string(key.as_str())))
        .with_some("sentAt", code.key.map(|_| instant(now)))
        .with("ttl", ttl(expires_at.plus(RETENTION)))
}

pub fn read(item: &Item) -> anyhow::Result<Challenge> {
    Ok(Challenge {
        otp_id: OtpId::stored(item.text("otpId")?),
        issued_at: item.instant("issuedAt")?,
        send_id: SendId::stored(item.text("sendId")?),
        code: item.some_text("codeHash")?.map(|digest| live_code(item, digest)).transpose()?,
        used_by: item.some_text("usedBy")?.map(Digest::stored),
        keyed: item.some_text("sentFor")?.map(|key| keyed_send(item, key)).transpose()?,
    })
}

fn keyed_send(item: &Item, key: &str) -> anyhow::Result<KeyedSend> {
    Ok(KeyedSend { key: Digest::stored(key), at: item.instant("sentAt")? })
}

fn live_code(item: &Item, digest: &str) -> anyhow::Result<LiveCode> {
    Ok(LiveCode {
        digest: Digest::stored(digest),
        expires_at: item.instant("expiresAt")?,
        key_id: item.text("keyId")?.to_owned(),
        channel: Channel::parse(item.text("channel")?).context("the item's channel is unknown")?,
        attempts: item.texts("attempts")?.into_iter().map(Nonce::stored).collect(),
    })
}
