//! The items of codes.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Context as _;
use domain::decide::{Challenge, LiveCode};
use domain::id::{Nonce, OrganizationId, OtpId, SendId};
use domain::identifier::Identity;
use domain::otp::{self, Channel};
use domain::secret::Digest;
use domain::time::Timestamp;

use super::NewCode;
use crate::event::Change;
use crate::store::item::{Item, instant, string, ttl};

/// How long after a code's expiry its item may be deleted.
const CODE_KEPT: Duration = Duration::from_hours(24);

const CODE: &str = "OTP";

pub(super) fn code_key(organization: &OrganizationId, identity: &Identity) -> String {
    format!("{CODE}#{organization}#{}", identity.as_str())
}

/// A code that is to be sent, as a change in the table's stream tells it.
#[derive(Debug)]
pub struct Due {
    /// The tenant that asked for it.
    pub organization: OrganizationId,
    /// Whom it is for.
    pub identity: Identity,
    /// Names and derives the code.
    pub otp_id: OtpId,
    /// Its channel, key and expiry.
    pub code: LiveCode,
}

impl Due {
    /// The delivery that a change asks for: its send id is new, and there is a code.
    ///
    /// # Errors
    /// The item is not as this crate writes it.
    pub fn of(change: &Change) -> anyhow::Result<Option<Self>> {
        let Some(new) = &change.new else { return Ok(None) };
        let mut key = new.text("pk")?.splitn(3, '#');
        let (Some(CODE), Some(organization), Some(identity)) = (key.next(), key.next(), key.next())
        else {
            return Ok(None);
        };
        let challenge = read(new)?;
        let old_send = change.old.as_ref().map(|old| old.text("sendId")).transpose()?;
        let (true, Some(code)) = (old_send != Some(challenge.send_id.as_str()), challenge.code)
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            organization: OrganizationId::parse(organization)?,
            identity: Identity::stored(identity),
            otp_id: challenge.otp_id,
            code,
        }))
    }
}

pub(super) fn new_item(pk: &str, code: &NewCode<'_>, send_id: &SendId, now: Timestamp) -> Item {
    let expires_at = now.plus(otp::LIFETIME);
    Item::new(pk.to_owned())
        .with("otpId", string(code.otp_id.as_str()))
        .with("codeHash", string(code.digest.as_str()))
        .with("issuedAt", instant(now))
        .with("expiresAt", instant(expires_at))
        .with("sendId", string(send_id.as_str()))
        .with("channel", string(code.channel.as_str()))
        .with("keyId", string(code.key_id))
        .with("ttl", ttl(expires_at.plus(CODE_KEPT)))
}

pub(super) fn read(item: &Item) -> anyhow::Result<Challenge> {
    Ok(Challenge {
        otp_id: OtpId::stored(item.text("otpId")?),
        issued_at: item.instant("issuedAt")?,
        send_id: SendId::stored(item.text("sendId")?),
        code: item.some_text("codeHash")?.map(|digest| live_code(item, digest)).transpose()?,
        used_by: item.some_text("usedBy")?.map(Digest::stored),
    })
}

fn live_code(item: &Item, digest: &str) -> anyhow::Result<LiveCode> {
    Ok(LiveCode {
        digest: Digest::stored(digest),
        expires_at: item.instant("expiresAt")?,
        key_id: item.text("keyId")?.to_owned(),
        channel: Channel::parse(item.text("channel")?).context("an unknown channel")?,
        claims: nonces(item, "claims")?,
    })
}

pub(in crate::store) fn nonces(item: &Item, name: &str) -> anyhow::Result<BTreeSet<Nonce>> {
    Ok(item.texts(name)?.into_iter().map(Nonce::stored).collect())
}
