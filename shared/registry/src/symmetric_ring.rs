//! Rings of symmetric keys, and their rotation.
//!
//! A key is announced as `next` for longer than any instance caches a ring, so that every instance has
//! it before it signs. Then it is promoted. The key before it stays as `previous` until nothing that it
//! signed is valid any more.

use std::time::Duration;

use anyhow::Context as _;
use domain::decide::IDEMPOTENT_RETRY;
use domain::emergency::Emergency;
use domain::secret::Secret;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::resources::KeyRingName;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::codes::Codes;
use crate::emergency::{Progress, dropped_at};
use crate::vault::{Vault, Version};

/// How long a key is announced before it is promoted: instances cache a ring for five minutes.
const ANNOUNCED: Duration = Duration::from_mins(10);

/// How long an instance may use a ring after it was replaced: it caches the ring for five minutes and,
/// if the refresh fails, tries again after half a minute; the rest is for clocks that differ. In an
/// emergency a key is announced for so long, and no more refreshes may fail.
pub const CACHED: Duration = Duration::from_mins(6);

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
    /// The latest emergency. Functions don't read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    emergency: Option<Emergency>,
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
            Some(Self { current, next: None, previous: Vec::new(), emergency: None })
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

    /// The keys that are only needed for what they signed or derived.
    pub fn previous(&self) -> Vec<String> {
        self.previous.iter().map(|key| key.kid.clone()).collect()
    }

    /// The keys that an emergency drops: all keys or, while another emergency isn't over, its keys.
    pub fn leaked(&self, now: Timestamp) -> Vec<String> {
        let is_under_way = |latest: &&Emergency| match latest.dropped_at() {
            Some(dropped_at) => now < dropped_at.plus(CACHED),
            None => self.has_any(latest.kids()),
        };
        match self.emergency.as_ref().filter(is_under_way) {
            Some(latest) => latest.kids().to_vec(),
            None => self.keys().map(|(key, _)| key.kid.clone()).collect(),
        }
    }

    fn has_any(&self, kids: &[String]) -> bool {
        self.keys().any(|(key, _)| kids.contains(&key.kid))
    }

    /// The ring without these keys, which are not current.
    fn without(&self, kids: &[String], now: Timestamp) -> Self {
        let is_kept = |key: &&StoredKey| !kids.contains(&key.kid);
        let emergency = self.emergency.clone().map(|latest| {
            let is_over = latest.kids() == kids;
            if is_over { latest.dropped(now) } else { latest }
        });
        Self {
            current: self.current.clone(),
            next: self.next.as_ref().filter(is_kept).cloned(),
            previous: self.previous.iter().filter(is_kept).cloned().collect(),
            emergency,
        }
    }

    /// The ring in which `next` is current, with these keys behind it.
    fn promoted(&self, next: &StoredKey, previous: Vec<StoredKey>, now: Timestamp) -> Self {
        let previous = std::iter::once(self.current.from(now)).chain(previous).collect();
        Self { current: next.from(now), next: None, previous, emergency: self.emergency.clone() }
    }

    /// The next step of an emergency, and the ring to store for it. `settled` is how long an old key is
    /// needed after the new one took over.
    fn replacing(
        &self,
        kids: &[String],
        settled: Duration,
        now: Timestamp,
    ) -> (Progress, Option<Self>) {
        if !self.has_any(kids) {
            let dropped_at = dropped_at(self.emergency.as_ref(), kids, now);
            return (Progress::Dropped(dropped_at.plus(CACHED)), None);
        }
        if !kids.contains(&self.current.kid) {
            return self.dropping(kids, settled, now);
        }
        let is_stored = self.emergency.as_ref().is_some_and(|latest| latest.kids() == kids);
        let next = self.next.as_ref().filter(|next| !kids.contains(&next.kid));
        let announced = next.and_then(|next| Some((next, next.since()?)));
        let Some((next, since)) = announced.filter(|_| is_stored) else {
            let next = match announced {
                Some((next, _)) => next.clone(),
                None => next.map_or_else(|| StoredKey::fresh(now), |next| next.from(now)),
            };
            let ready_at = next.since().unwrap_or(now).plus(CACHED);
            let emergency = Some(Emergency::of(kids));
            let ring = Self { next: Some(next), emergency, ..self.clone() };
            return (Progress::Announced(ready_at), Some(ring));
        };
        let ready_at = since.plus(CACHED);
        if now < ready_at {
            return (Progress::Waiting(ready_at), None);
        }
        let promoted = self.promoted(next, self.previous.clone(), now);
        if settled.is_zero() {
            return promoted.dropping(kids, settled, now);
        }
        (Progress::Promoted(now.plus(settled)), Some(promoted))
    }

    fn dropping(
        &self,
        kids: &[String],
        settled: Duration,
        now: Timestamp,
    ) -> (Progress, Option<Self>) {
        let leaked = self.previous.iter().filter(|key| kids.contains(&key.kid));
        let settled_at = leaked.filter_map(StoredKey::since).max().map(|since| since.plus(settled));
        match settled_at {
            Some(settled_at) if now < settled_at => (Progress::Waiting(settled_at), None),
            Some(_) | None => (Progress::Dropped(now.plus(CACHED)), Some(self.without(kids, now))),
        }
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
        let previous = self.previous.iter().filter(is_needed).cloned().collect();
        Step::Promote(self.promoted(next, previous, now))
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

/// One ring of symmetric keys in Secrets Manager.
pub struct SymmetricRing {
    vault: Vault,
    name: KeyRingName,
    /// The codes that a ring of OTP keys derived.
    codes: Option<Codes>,
}

impl SymmetricRing {
    pub fn new(aws: &Aws, name: KeyRingName) -> anyhow::Result<Self> {
        let codes = (name == KeyRingName::Otp).then(|| Codes::new(aws)).transpose()?;
        Ok(Self { vault: Vault::new(aws, name)?, name, codes })
    }

    pub async fn read(&self) -> anyhow::Result<Ring> {
        Ok(self.seen().await?.0)
    }

    /// Announces the next key or, once every cache has it, promotes it. `needed` is how long a key is
    /// needed after its successor took over.
    pub async fn advance(&self, needed: Duration, now: Timestamp) -> anyhow::Result<Advance> {
        let (ring, seen) = self.seen().await?;
        match ring.step(needed, now) {
            Step::Announce(next) => Ok(if self.store(&seen, &next).await? {
                Advance::Announced(next, now.plus(ANNOUNCED))
            } else {
                Advance::Conflict
            }),
            Step::Wait(ready_at) => Ok(Advance::Waiting(ready_at)),
            Step::Promote(next) => Ok(if self.store(&seen, &next).await? {
                Advance::Promoted(next)
            } else {
                Advance::Conflict
            }),
        }
    }

    /// The next step towards a ring without the keys `kids`. If the current key is one of them, a new
    /// key is announced and promoted first. Codes that an OTP key derived are withdrawn before it is
    /// dropped.
    pub async fn replace(&self, kids: &[String], now: Timestamp) -> anyhow::Result<Progress> {
        let (ring, seen) = self.seen().await?;
        let (progress, stored) = ring.replacing(kids, settled(self.name), now);
        let Some(stored) = stored else { return Ok(progress) };
        if let (Some(codes), Progress::Dropped(_)) = (&self.codes, progress) {
            codes.withdraw_under(kids, now).await?;
        }
        Ok(if self.store(&seen, &stored).await? { progress } else { Progress::Conflict })
    }

    async fn seen(&self) -> anyhow::Result<(Ring, Version)> {
        let name = self.name.as_str();
        let (text, version) =
            self.vault.read().await?.with_context(|| format!("the secret {name} has no value"))?;
        let ring = Ring::parse(text.expose());
        Ok((ring.with_context(|| format!("the secret {name} is not a key ring"))?, version))
    }

    async fn store(&self, seen: &Version, ring: &Ring) -> anyhow::Result<bool> {
        let text = ring.text().map_err(|_| anyhow::anyhow!("serialise the key ring"))?;
        self.vault.replace(seen, &text).await
    }
}

/// How long a key of a ring is needed after its successor took over; `None` if this rotation doesn't
/// apply: keys of items depend on the identifier key, what stands for items in the audit trail on the
/// audit key, and `signing_ring.rs` and `seal_ring.rs` rotate the signing keys.
pub const fn needed(name: KeyRingName) -> Option<Duration> {
    match name {
        KeyRingName::Identifier
        | KeyRingName::PartnerSigning
        | KeyRingName::Audit
        | KeyRingName::AuditSigning => None,
        // A code lives five minutes, an access token fifteen, and a retried rotation finds its
        // successor for ten. An instance may use the old key for five minutes more.
        KeyRingName::Otp | KeyRingName::PortalAccess | KeyRingName::PortalRefresh => {
            Some(Duration::from_hours(1))
        }
        // The template limits the lifetime of a token to thirty days.
        KeyRingName::PasswordAccess => Some(Duration::from_hours(24 * 31)),
    }
}

/// How long a key of a ring is needed after its successor took over, even if it leaked. Codes that no
/// instance can verify would be derived meanwhile, and retries of refreshes would not find their
/// successor. A token under a dropped key is refused anyway.
pub const fn settled(name: KeyRingName) -> Duration {
    match name {
        KeyRingName::Otp => CACHED,
        KeyRingName::PortalRefresh => {
            Duration::from_secs(CACHED.as_secs() + IDEMPOTENT_RETRY.as_secs())
        }
        KeyRingName::Identifier
        | KeyRingName::PortalAccess
        | KeyRingName::PasswordAccess
        | KeyRingName::PartnerSigning
        | KeyRingName::Audit
        | KeyRingName::AuditSigning => Duration::ZERO,
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

    /// Steps of an emergency at every minute; the ring at its end, and what happened when.
    fn emergency(mut ring: Ring, settled: Duration) -> (Ring, Vec<(i64, Progress)>) {
        let (leaked, mut steps) = (ring.leaked(at(0)), Vec::new());
        for minute in 0..60 {
            let (progress, stored) = ring.replacing(&leaked, settled, at(minute));
            if let Some(stored) = stored {
                steps.push((minute, progress));
                // What a command that was cut off here finds.
                ring = Ring::parse(stored.text().unwrap().expose()).unwrap();
                let is_over = matches!(progress, Progress::Dropped(_));
                assert!(is_over || ring.leaked(at(minute)) == leaked, "{minute}");
            }
        }
        (ring, steps)
    }

    #[test]
    fn in_an_emergency_every_key_is_replaced_and_dropped() {
        let rotated = promoted(&announced(&generated(), at(-30)), at(-20));
        for ring in [generated(), announced(&generated(), at(-1)), announced(&rotated, at(-9))] {
            let before: Vec<_> = states(&ring).into_iter().map(|(kid, _)| kid).collect();
            let (replaced, steps) = emergency(ring.clone(), Duration::ZERO);
            let announced = (0, Progress::Announced(at(6)));
            assert_eq!(steps, [announced, (6, Progress::Dropped(at(12)))]);
            let [(kid, "current")] = &states(&replaced)[..] else { panic!("one key is left") };
            assert!(!before.contains(kid));

            let (replaced, steps) = emergency(ring, CACHED);
            let promoted = (6, Progress::Promoted(at(12)));
            assert_eq!(steps, [announced, promoted, (12, Progress::Dropped(at(18)))]);
            assert_eq!(replaced.keys().count(), 1);
        }
    }

    #[test]
    fn an_emergency_that_is_over_is_not_begun_again_while_a_cache_may_have_its_keys() {
        let leaked = generated().leaked(at(0));
        let (ring, _) = emergency(generated(), Duration::ZERO);
        assert_eq!(ring.leaked(at(11)), leaked);
        let (progress, stored) = ring.replacing(&leaked, Duration::ZERO, at(11));
        assert_eq!((progress, stored.is_none()), (Progress::Dropped(at(12)), true));
        assert_eq!(ring.leaked(at(12)), [ring.current_kid()]);
    }

    #[test]
    fn an_ordinary_rotation_in_between_replaces_no_new_key() {
        let ring = generated();
        let leaked = ring.leaked(at(0));
        let (_, stored) = ring.replacing(&leaked, Duration::ZERO, at(0));
        let ring = promoted(&stored.unwrap(), at(10));
        let new = ring.current_kid().to_owned();
        assert_eq!(ring.leaked(at(10)), leaked);
        let (progress, stored) = ring.replacing(&leaked, Duration::ZERO, at(11));
        assert_eq!(progress, Progress::Dropped(at(17)));
        assert_eq!(states(&stored.unwrap()), [(new, "current")]);
    }

    #[test]
    fn a_previous_key_is_dropped_once_no_instance_needs_it() {
        let ring = promoted(&announced(&generated(), at(0)), at(10));
        let kids = ["initial".to_owned()];
        let (progress, stored) = ring.replacing(&kids, CACHED, at(15));
        assert_eq!((progress, stored.is_none()), (Progress::Waiting(at(16)), true));
        let (progress, stored) = ring.replacing(&kids, CACHED, at(16));
        assert_eq!(progress, Progress::Dropped(at(22)));
        assert_eq!(states(&stored.unwrap()), [(ring.current_kid().to_owned(), "current")]);
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
