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
    /// The first ring of a deployment: one key, which signs at once. No JWK Set was
    /// published before, so no cache can lack this key.
    pub fn first() -> Result<Self, NoSigningKey> {
        Ok(Self { keys: vec![SigningKey::generate(Timestamp::from_millis(0))?] })
    }

    /// Adds a key, which signs once every cache has it, and removes keys that another has followed.
    pub fn rotated(self, now: Timestamp) -> Result<Self, NoSigningKey> {
        let signer = self.signer(now).map(SigningKey::signs_from);
        let mut keys = self.keys;
        keys.retain(|key| Some(key.signs_from()) >= signer);
        keys.push(SigningKey::generate(now.plus(PUBLISHED_AHEAD))?);
        Ok(Self { keys })
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
