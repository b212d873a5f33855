//! Rings of symmetric keys, and their rotation.
//!
//! A key is announced as `next` for longer than any instance caches a ring, so that every instance has
//! it before it signs. Then it is promoted. The key before it stays as `previous` until nothing that it
//! signed is valid any more.

use std::time::Duration;

use anyhow::Context as _;
use domain::secret::Secret;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::resources::KeyRingName;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::vault::{Vault, Version};

/// How long a key is announced before it is promoted: instances cache a ring for five minutes.
const ANNOUNCED: Duration = Duration::from_mins(10);

/// Letters and digits of a new key: the unpadded base64url of 66 bytes, 523 random bits.
const KEY_LENGTH: usize = 88;

/// A key and its age. Functions read `kid` and `key`; only operators read `since`.
#[derive(Clone, Deserialize, Serialize, Zeroize, ZeroizeOnDrop)]
#[serde(rename_all = "camelCase")]
pub struct StoredKey {
    pub kid: String,
    key: String,
    /// When the key became current, next or previous, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
}

/// A ring of symmetric keys.
#[derive(Clone, Deserialize, Serialize)]
pub struct Ring {
    current: StoredKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<StoredKey>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    previous: Vec<StoredKey>,
}

/// The next step of a rotation.
enum Step {
    /// Store this ring, which announces a new key.
    Announce(Ring),
    /// Wait until then: the announced key is not in every cache yet.
    Wait(Timestamp),
    /// Store this ring, in which the announced key is current.
    Promote(Ring),
}

impl StoredKey {
    fn fresh(now: Timestamp) -> Self {
        let key = Secret::alphanumeric(KEY_LENGTH).expose().to_owned();
        let kid = format!("k{}", Secret::alphanumeric(8).expose());
        Self { kid, key, since: Some(now.millis()) }
    }

    pub fn since(&self) -> Option<Timestamp> {
        self.since.map(Timestamp::from_millis)
    }

    fn from(&self, now: Timestamp) -> Self {
        Self { kid: self.kid.clone(), key: self.key.clone(), since: Some(now.millis()) }
    }
}

impl Ring {
    /// Reads a secret's text, in either form.
    fn parse(text: &str) -> Option<Self> {
        let flat = || {
            let current = serde_json::from_str(text).ok()?;
            Some(Self { current, next: None, previous: Vec::new() })
        };
        let ring = serde_json::from_str(text).ok().or_else(flat)?;
        // Functions must be able to read it, too.
        let _: domain::key::KeyRing = serde_json::from_str(text).ok()?;
        Some(ring)
    }

    fn text(&self) -> Result<Secret, serde_json::Error> {
        serde_json::to_string(self).map(Secret::new)
    }

    /// Every key and its role.
    pub fn keys(&self) -> impl Iterator<Item = (&StoredKey, &'static str)> {
        let current = std::iter::once((&self.current, "current"));
        let next = self.next.iter().map(|key| (key, "next"));
        current.chain(next).chain(self.previous.iter().map(|key| (key, "previous")))
    }

    pub fn current_kid(&self) -> &str {
        &self.current.kid
    }

    pub fn next_kid(&self) -> Option<&str> {
        self.next.as_ref().map(|next| next.kid.as_str())
    }

    /// The ring without the previous key `kid`; `None` if it has no such key.
    fn without(&self, kid: &str) -> Option<Self> {
        let mut ring = self.clone();
        ring.previous.retain(|key| key.kid != kid);
        (ring.previous.len() < self.previous.len()).then_some(ring)
    }

    /// The next step of a rotation. `needed` is how long a key is needed after its successor took over.
    fn step(&self, needed: Duration, now: Timestamp) -> Step {
        let Some(next) = &self.next else {
            return Step::Announce(Self { next: Some(StoredKey::fresh(now)), ..self.clone() });
        };
        // A key that was added by hand may have no time: count from now.
        let announced_at = next.since().unwrap_or(now);
        let ready_at = announced_at.plus(ANNOUNCED);
        if now < ready_at {
            return Step::Wait(ready_at);
        }
        let is_needed =
            |key: &&StoredKey| key.since().is_none_or(|retired_at| now < retired_at.plus(needed));
        let previous = self.previous.iter().filter(is_needed).cloned();
        let previous = std::iter::once(self.current.from(now)).chain(previous).collect();
        Step::Promote(Self { current: next.from(now), next: None, previous })
    }
}

/// The outcome of a step of a rotation.
#[must_use]
pub enum Advance {
    /// The next key is announced. It may be promoted from this instant on.
    Announced(Ring, Timestamp),
    /// The next key was announced before. It may be promoted from this instant on.
    Waiting(Timestamp),
    /// The next key is current.
    Promoted(Ring),
    /// Another operator is rotating the ring. Nothing was changed.
    Conflict,
}

/// The outcome of dropping a key.
#[must_use]
pub enum Dropping {
    Dropped(Ring),
    /// The ring has no previous key with this id.
    NotFound,
    /// Another operator is rotating the ring. Nothing was changed.
    Conflict,
}

/// One ring of symmetric keys in Secrets Manager.
pub struct SymmetricRing {
    vault: Vault,
    name: KeyRingName,
}

impl SymmetricRing {
    pub fn new(aws: &Aws, name: KeyRingName) -> anyhow::Result<Self> {
        Ok(Self { vault: Vault::new(aws, name)?, name })
    }

    pub async fn read(&self) -> anyhow::Result<Ring> {
        Ok(self.seen().await?.0)
    }

    /// Announces the next key or, once every cache has it, promotes it. `needed` is how long a key is
    /// needed after its successor took over.
    pub async fn advance(&self, needed: Duration, now: Timestamp) -> anyhow::Result<Advance> {
        let (ring, seen) = self.seen().await?;
        match ring.step(needed, now) {
            Step::Announce(next) => Ok(if self.replace(&seen, &next).await? {
                Advance::Announced(next, now.plus(ANNOUNCED))
            } else {
                Advance::Conflict
            }),
            Step::Wait(ready_at) => Ok(Advance::Waiting(ready_at)),
            Step::Promote(next) => Ok(if self.replace(&seen, &next).await? {
                Advance::Promoted(next)
            } else {
                Advance::Conflict
            }),
        }
    }

    /// Whether the ring has a previous key with this id.
    pub async fn has_previous(&self, kid: &str) -> anyhow::Result<bool> {
        Ok(self.read().await?.without(kid).is_some())
    }

    /// Drops a previous key before its time, e.g. because it leaked.
    pub async fn drop(&self, kid: &str) -> anyhow::Result<Dropping> {
        let (ring, seen) = self.seen().await?;
        let Some(without) = ring.without(kid) else { return Ok(Dropping::NotFound) };
        Ok(if self.replace(&seen, &without).await? {
            Dropping::Dropped(without)
        } else {
            Dropping::Conflict
        })
    }

    async fn seen(&self) -> anyhow::Result<(Ring, Version)> {
        let name = self.name.as_str();
        let (text, version) =
            self.vault.read().await?.with_context(|| format!("the secret {name} has no value"))?;
        let ring = Ring::parse(text.expose());
        Ok((ring.with_context(|| format!("the secret {name} is not a key ring"))?, version))
    }

    async fn replace(&self, seen: &Version, ring: &Ring) -> anyhow::Result<bool> {
        let text = ring.text().map_err(|_| anyhow::anyhow!("serialise the key ring"))?;
        self.vault.replace(seen, &text).await
    }
}

/// How long a key of a ring is needed after its successor took over; `None` if this rotation doesn't
/// apply: keys of items depend on the identifier key, and `signing_ring.rs` rotates the signing keys.
pub const fn needed(name: KeyRingName) -> Option<Duration> {
    match name {
        KeyRingName::Identifier | KeyRingName::PartnerSigning => None,
        // A code lives five minutes, an access token fifteen, and a retried rotation finds its
        // successor for ten. An instance may use the old key for five minutes more.
        KeyRingName::Otp | KeyRingName::PortalAccess | KeyRingName::PortalRefresh => {
            Some(Duration::from_hours(1))
        }
        // The template limits the lifetime of a token to thirty days.
        KeyRingName::PasswordAccess => Some(Duration::from_hours(24 * 31)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEEDED: Duration = Duration::from_hours(1);

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_seconds(minutes * 60)
    }

    fn generated() -> Ring {
        Ring::parse(&format!(r#"{{"kid":"initial","key":"{}"}}"#, "A".repeat(88))).unwrap()
    }

    fn announced(ring: &Ring, now: Timestamp) -> Ring {
        match ring.step(NEEDED, now) {
            Step::Announce(ring) => ring,
            Step::Wait(_) | Step::Promote(_) => panic!("nothing was announced"),
        }
    }

    fn promoted(ring: &Ring, now: Timestamp) -> Ring {
        match ring.step(NEEDED, now) {
            Step::Promote(ring) => ring,
            Step::Announce(_) | Step::Wait(_) => panic!("not ready"),
        }
    }

    fn states(ring: &Ring) -> Vec<(String, &'static str)> {
        ring.keys().map(|(key, state)| (key.kid.clone(), state)).collect()
    }

    #[test]
    fn a_key_is_announced_then_promoted_and_the_one_before_it_stays_as_long_as_it_is_needed() {
        let ring = announced(&generated(), at(0));
        let second = ring.next_kid().unwrap().to_owned();
        assert_eq!(states(&ring), [("initial".into(), "current"), (second.clone(), "next")]);
        assert!(matches!(ring.step(NEEDED, at(9)), Step::Wait(ready_at) if ready_at == at(10)));
        let ring = promoted(&ring, at(10));
        assert_eq!(states(&ring), [(second.clone(), "current"), ("initial".into(), "previous")]);
        // Another rotation within the hour drops nothing, a later one does.
        let ring = promoted(&announced(&ring, at(20)), at(69));
        assert_eq!(ring.previous.len(), 2);
        let ring = promoted(&announced(&ring, at(70)), at(128));
        let previous: Vec<_> = ring.previous.iter().map(|key| key.kid.clone()).collect();
        assert!(
            !previous.contains(&"initial".to_owned()) && previous.contains(&second),
            "{previous:?}"
        );
    }

    #[test]
    fn only_a_key_that_goes_on_verifying_can_be_dropped() {
        let ring = promoted(&announced(&generated(), at(0)), at(10));
        assert!(ring.without(ring.current_kid()).is_none());
        let dropped = ring.without("initial").unwrap();
        assert_eq!(states(&dropped), [(ring.current_kid().to_owned(), "current")]);
        assert!(dropped.without("initial").is_none());
    }

    #[test]
    fn functions_read_what_is_written() {
        let ring = promoted(&announced(&generated(), at(0)), at(10));
        let text = ring.text().unwrap();
        let read: domain::key::KeyRing = serde_json::from_str(text.expose()).unwrap();
        assert_eq!(read.current.kid, ring.current_kid());
        assert!(read.find("initial").is_some());
        assert!(Ring::parse(text.expose()).is_some());
        assert!(Ring::parse(r#"{"kid":"short","key":"AAAA"}"#).is_none());
    }

    #[test]
    fn a_key_that_was_announced_by_hand_is_not_promoted_at_once() {
        let key = "A".repeat(88);
        let text = format!(
            r#"{{"current":{{"kid":"a","key":"{key}"}},"next":{{"kid":"b","key":"{key}"}}}}"#
        );
        assert!(matches!(Ring::parse(&text).unwrap().step(NEEDED, at(0)), Step::Wait(_)));
    }
}
