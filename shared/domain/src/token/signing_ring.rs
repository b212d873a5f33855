//! The private keys that the partner surface signs with, and their rotation.
//!
//! A key signs from an instant on that lies later than its publication by more than anybody caches
//! what is published; the key before it stays published until nothing that it signed is valid any
//! more. All of it is known when a key is made, so that rotating waits for nothing:
//! publish the new key, store the ring, let the older keys retire. Whoever stops between two steps
//! leaves every token valid.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::jwks::PublicKey;
use super::partner;
use super::signing_key::{InvalidSigningRing, NoSigningKey, RawKey, SigningKey};
use crate::secret::Secret;
use crate::time::Timestamp;

/// How long a key is published before it signs: the five minutes for which a client may keep the JWK
/// Set, the eight for which an instance may show what it holds, and two for clocks.
pub const PUBLISHED_AHEAD: Duration = Duration::from_mins(15);

/// How long an instance signs on with a ring that it can't look at again.
pub const SIGNED_ON: Duration = Duration::from_hours(1);

/// From the first signature of the next key until nothing of this one is valid any more: the last
/// signature of an instance that has not heard of the next, the life of a token, a minute for clocks.
const KEPT: Duration = Duration::from_secs(
    SIGNED_ON.as_secs() + partner::LIFETIME.as_secs() + partner::LEEWAY.as_secs(),
);

/// The keys that sign now or will: the secret's content.
#[derive(Deserialize)]
#[serde(try_from = "RawRing")]
pub struct SigningRing {
    /// By the instant at which they begin.
    keys: Vec<SigningKey>,
}

#[derive(Deserialize, Serialize)]
struct RawRing {
    keys: Vec<RawKey>,
}

impl TryFrom<RawRing> for SigningRing {
    type Error = InvalidSigningRing;

    fn try_from(raw: RawRing) -> Result<Self, InvalidSigningRing> {
        let keys: Result<Vec<_>, _> = raw.keys.into_iter().map(SigningKey::try_from).collect();
        let mut keys = keys?;
        keys.sort_by_key(SigningKey::signs_from);
        Ok(Self { keys })
    }
}

impl SigningRing {
    /// The ring of a deployment that never signed: one key, which signs at once, whatever the clocks
    /// say. Nobody can have cached a set without it: there was none.
    pub fn first() -> Result<Self, NoSigningKey> {
        Ok(Self { keys: vec![SigningKey::generate(Timestamp::from_millis(0))?] })
    }

    /// This ring with one key more, which signs when everybody can know it, and without those that
    /// have been followed by another.
    pub fn rotated(self, now: Timestamp) -> Result<Self, NoSigningKey> {
        let signer = self.signer(now).map(SigningKey::signs_from);
        let mut keys = self.keys;
        keys.retain(|key| Some(key.signs_from()) >= signer);
        keys.push(SigningKey::generate(now.plus(PUBLISHED_AHEAD))?);
        Ok(Self { keys })
    }

    /// The key that signs now: the newest that has begun.
    pub fn signer(&self, now: Timestamp) -> Option<&SigningKey> {
        self.keys.iter().rfind(|key| key.signs_from() <= now)
    }

    /// The newest key, unless it has begun.
    pub fn next(&self, now: Timestamp) -> Option<&SigningKey> {
        self.keys.last().filter(|key| key.signs_from() > now)
    }

    /// Every key.
    pub fn keys(&self) -> impl Iterator<Item = &SigningKey> {
        self.keys.iter()
    }

    /// Each key that another follows, and the instant from which nothing that it signed is valid.
    pub fn retirements(&self) -> impl Iterator<Item = (&PublicKey, Timestamp)> {
        self.keys.windows(2).filter_map(|pair| match pair {
            [old, new] => Some((old.public(), new.signs_from().plus(KEPT))),
            _ => None,
        })
    }

    /// The text to keep as a secret.
    pub fn text(&self) -> Result<Secret, NoSigningKey> {
        let keys: Result<Vec<_>, _> = self.keys.iter().map(SigningKey::raw).collect();
        let text = serde_json::to_string(&RawRing { keys: keys? }).map_err(|_| NoSigningKey)?;
        Ok(Secret::new(text))
    }
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
        let begins = NOW.plus(PUBLISHED_AHEAD);
        let just_before = Timestamp::from_millis(begins.millis() - 1);
        assert_eq!(signer(&ring, just_before), old);
        assert!(ring.next(just_before).is_some() && ring.next(begins).is_none());
        assert_ne!(signer(&ring, begins), old);
        let retirements: Vec<_> = ring.retirements().collect();
        let [(key, at)] = retirements[..] else { panic!("{retirements:?}") };
        assert_eq!(Some(key.kid()), old.as_deref());
        let last_signature = begins.plus(SIGNED_ON);
        assert!(at >= last_signature.plus(partner::LIFETIME).plus(partner::LEEWAY));
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

    #[test]
    fn rotating_later_drops_the_key_that_was_followed() {
        let ring = SigningRing::first().unwrap().rotated(NOW).unwrap();
        let [old, new] = [0, 1].map(|at| ring.keys[at].public().clone());
        let ring = ring.rotated(NOW.plus(PUBLISHED_AHEAD)).unwrap();
        assert_eq!(ring.keys.len(), 2);
        assert_eq!(ring.keys[0].public(), &new);
        assert!(ring.keys().all(|key| key.public() != &old));
    }
}
