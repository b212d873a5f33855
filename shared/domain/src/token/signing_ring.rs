//! The private keys that the partner surface signs with, and their rotation.
//!
//! A new key is published before it signs, by more time than any cache stores the published keys. The
//! key before it stays published until no token that it signed is valid any more. Both instants are
//! known when the key is generated, so a rotation doesn't wait: it publishes the new key, stores the
//! ring, and sets when older keys retire. If it stops between two steps, every token stays valid.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::jwks::PublicKey;
use super::partner;
use super::signing_key::{InvalidSigningRing, NoSigningKey, RawKey, SigningKey};
use super::times::LEEWAY;
use crate::emergency::Emergency;
use crate::secret::Secret;
use crate::time::Timestamp;

/// How long a key is published before it signs: five minutes in which a client may cache the JWK Set,
/// eight in which an instance may publish its cached keys, and two for clocks that differ.
pub const PUBLISHED_AHEAD: Duration = Duration::from_mins(15);

/// How old a cached ring may be that an instance signs with, while it can't be refreshed.
pub const MAX_RING_AGE: Duration = Duration::from_hours(1);

/// How long a key stays published after the next one begins to sign: an instance may sign with it until
/// its cached ring is too old, then its tokens live on; a minute is for clocks that differ.
const RETIREMENT_DELAY: Duration =
    Duration::from_secs(MAX_RING_AGE.as_secs() + partner::LIFETIME.as_secs() + LEEWAY.as_secs());

/// The keys that sign now or will sign later: the content of the secret.
#[derive(Deserialize)]
#[serde(try_from = "RawRing")]
pub struct SigningRing {
    /// Sorted by the instant from which they sign.
    keys: Vec<SigningKey>,
    emergency: Option<Emergency>,
}

#[derive(Deserialize, Serialize)]
struct RawRing {
    keys: Vec<RawKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    emergency: Option<Emergency>,
}

impl TryFrom<RawRing> for SigningRing {
    type Error = InvalidSigningRing;

    fn try_from(raw: RawRing) -> Result<Self, InvalidSigningRing> {
        let keys: Result<Vec<_>, _> = raw.keys.into_iter().map(SigningKey::try_from).collect();
        let mut keys = keys?;
        keys.sort_by_key(SigningKey::signs_from);
        Ok(Self { keys, emergency: raw.emergency })
    }
}

impl SigningRing {
    /// The first ring of a deployment: one key, which signs at once. No JWK Set was
    /// published before, so no cache can lack this key.
    pub fn first() -> Result<Self, NoSigningKey> {
        Ok(Self { keys: vec![SigningKey::generate(Timestamp::from_millis(0))?], emergency: None })
    }

    /// Adds a key, which signs once every cache has it, and removes keys that another has followed.
    pub fn rotated(self, now: Timestamp) -> Result<Self, NoSigningKey> {
        let signer = self.signer(now).map(SigningKey::signs_from);
        let mut keys = self.keys;
        keys.retain(|key| Some(key.signs_from()) >= signer);
        keys.push(SigningKey::generate(now.plus(PUBLISHED_AHEAD))?);
        Ok(Self { keys, emergency: self.emergency })
    }

    /// Begins the emergency of the keys `kids`: adds a key, unless the newest is none of them. The new
    /// key signs once every cache has it, and after all others.
    pub fn replacing(self, kids: &[String], now: Timestamp) -> Result<Self, NoSigningKey> {
        let mut keys = self.keys;
        let newest = keys.last();
        if newest.is_none_or(|newest| names(kids, newest)) {
            let after = newest.map(|newest| newest.signs_from().plus(Duration::from_millis(1)));
            let signs_from = now.plus(PUBLISHED_AHEAD);
            keys.push(SigningKey::generate(after.map_or(signs_from, |at| at.max(signs_from)))?);
        }
        Ok(Self { keys, emergency: Some(Emergency::of(kids)) })
    }

    /// The first instant at which none of the keys `kids` signs any more, a minute for clocks included;
    /// `None` if no other key follows.
    pub fn replaced_at(&self, kids: &[String]) -> Option<Timestamp> {
        let last = self.keys.iter().rposition(|key| names(kids, key));
        let follower = self.keys.get(last.map_or(0, |last| last + 1));
        follower.map(|follower| follower.signs_from().plus(LEEWAY))
    }

    /// The ring without the keys `kids`.
    #[must_use]
    pub fn without(self, kids: &[String], now: Timestamp) -> Self {
        let keys = self.keys.into_iter().filter(|key| !names(kids, key)).collect();
        let emergency = self.emergency.map(|emergency| {
            let is_over = emergency.kids() == kids;
            if is_over { emergency.dropped(now) } else { emergency }
        });
        Self { keys, emergency }
    }

    /// The latest emergency.
    pub fn emergency(&self) -> Option<&Emergency> {
        self.emergency.as_ref()
    }

    /// The key that signs now: the newest whose time has come.
    pub fn signer(&self, now: Timestamp) -> Option<&SigningKey> {
        self.keys.iter().rfind(|key| key.signs_from() <= now)
    }

    /// The newest key, if it doesn't sign yet.
    pub fn next(&self, now: Timestamp) -> Option<&SigningKey> {
        self.keys.last().filter(|key| key.signs_from() > now)
    }

    /// Every key.
    pub fn keys(&self) -> impl Iterator<Item = &SigningKey> {
        self.keys.iter()
    }

    /// Each key that another follows, and the instant from which no token that it signed is valid.
    pub fn retirements(&self) -> impl Iterator<Item = (&PublicKey, Timestamp)> {
        self.keys.windows(2).filter_map(|pair| match pair {
            [old, new] => Some((old.public(), new.signs_from().plus(RETIREMENT_DELAY))),
            _ => None,
        })
    }

    /// The text to store as a secret.
    pub fn text(&self) -> Result<Secret, NoSigningKey> {
        let keys: Result<Vec<_>, _> = self.keys.iter().map(SigningKey::raw).collect();
        let raw = RawRing { keys: keys?, emergency: self.emergency.clone() };
        Ok(Secret::new(serde_json::to_string(&raw).map_err(|_| NoSigningKey)?))
    }
}

fn names(kids: &[String], key: &SigningKey) -> bool {
    kids.iter().any(|kid| kid == key.public().kid())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn signer(ring: &SigningRing, now: Timestamp) -> Option<String> {
        ring.signer(now).map(|key| key.public().kid().to_owned())
    }

    #[test]
    fn a_ring_is_read_as_it_was_written() {
        let ring = SigningRing::first().unwrap().rotated(NOW).unwrap();
        let text = ring.text().unwrap();
        let read: SigningRing = serde_json::from_str(text.expose()).unwrap();
        let kids = |ring: &SigningRing| -> Vec<_> {
            ring.keys().map(|key| (key.public().clone(), key.signs_from())).collect()
        };
        assert_eq!(kids(&read), kids(&ring));
    }

    #[test]
    fn what_is_no_ring_is_refused_without_being_shown() {
        let text = SigningRing::first().unwrap().text().unwrap();
        let wrong_name = text.expose().replacen(r#""kid":""#, r#""kid":"x"#, 1);
        let wrong_key = text.expose().replacen(r#""key":""#, r#""key":"AAAA"#, 1);
        for text in ["{}", r#"{"kid":"initial","key":"AAAA"}"#, &wrong_name, &wrong_key] {
            let error = serde_json::from_str::<SigningRing>(text).map(drop).unwrap_err();
            assert!(!error.to_string().contains("AAAA"), "{error}");
        }
    }

    #[test]
    fn a_new_key_signs_once_everybody_can_know_it_and_the_old_one_retires_after_its_last_token() {
        let first = SigningRing::first().unwrap();
        let old = signer(&first, NOW);
        let ring = first.rotated(NOW).unwrap();
        let begins = NOW.plus(Duration::from_mins(15));
        let just_before = Timestamp::from_millis(begins.millis() - 1);
        assert_eq!(signer(&ring, just_before), old);
        assert!(ring.next(just_before).is_some() && ring.next(begins).is_none());
        assert_ne!(signer(&ring, begins), old);
        let retirements: Vec<_> = ring.retirements().collect();
        let [(key, at)] = retirements[..] else { panic!("{retirements:?}") };
        assert_eq!(Some(key.kid()), old.as_deref());
        let last_signature = begins.plus(Duration::from_hours(1));
        assert!(at >= last_signature.plus(Duration::from_mins(6 * 60 + 1)));
        assert_eq!(signer(&ring, Timestamp::from_millis(-1)), None);
    }

    #[test]
    fn rotating_drops_what_was_followed_and_keeps_what_signs_or_will() {
        let kids =
            |ring: &SigningRing| ring.keys().map(|key| key.public().kid().to_owned()).collect();
        let ring = SigningRing::first().unwrap().rotated(NOW).unwrap();
        let before: Vec<String> = kids(&ring);
        let at_once: Vec<String> = kids(&ring.rotated(NOW).unwrap());
        assert_eq!(at_once[..2], before, "neither had been followed yet");
    }

    fn kids(ring: &SigningRing) -> Vec<String> {
        ring.keys().map(|key| key.public().kid().to_owned()).collect()
    }

    #[test]
    fn in_an_emergency_the_new_key_follows_every_key_that_may_have_leaked() {
        let ring = SigningRing::first().unwrap().rotated(NOW).unwrap();
        let leaked = kids(&ring);
        assert_eq!(ring.replaced_at(&leaked), None);
        // This operator's clock is behind the other's.
        let ring = ring.replacing(&leaked, Timestamp::from_millis(NOW.millis() - 2000)).unwrap();
        let new = kids(&ring).pop().unwrap();
        let signs_from = NOW.plus(PUBLISHED_AHEAD).plus(Duration::from_millis(1));
        assert_eq!(signer(&ring, signs_from), Some(new.clone()));
        assert_eq!(ring.replaced_at(&leaked), Some(signs_from.plus(LEEWAY)));
        let ring = ring.replacing(&leaked, NOW).unwrap();
        assert_eq!(ring.keys.len(), 3, "one new key is enough");
        let text = ring.without(&leaked, signs_from).text().unwrap();
        let ring: SigningRing = serde_json::from_str(text.expose()).unwrap();
        assert_eq!(kids(&ring), [new]);
        let emergency = ring.emergency().unwrap();
        assert_eq!((emergency.kids(), emergency.dropped_at()), (&leaked[..], Some(signs_from)));
    }

    #[test]
    fn rotating_later_drops_the_key_that_was_followed() {
        let ring = SigningRing::first().unwrap().rotated(NOW).unwrap();
        let [old, new] = [0, 1].map(|at| ring.keys[at].public().clone());
        let ring = ring.rotated(NOW.plus(Duration::from_mins(15))).unwrap();
        assert_eq!(ring.keys.len(), 2);
        assert_eq!(ring.keys[0].public(), &new);
        assert!(ring.keys().all(|key| key.public() != &old));
    }
}
