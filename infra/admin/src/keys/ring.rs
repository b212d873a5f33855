//! A ring as its secret holds it, and how it changes.

use std::time::Duration;

use domain::secret::Secret;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// How long a key is announced before it is promoted: instances keep a ring for five minutes.
pub(crate) const ANNOUNCED: Duration = Duration::from_mins(10);

/// Letters and digits of a fresh key: the unpadded base64url of 66 bytes, 523 random bits.
const KEY_LENGTH: usize = 88;

/// A key and what became of it. Functions read `kid` and `key`; the rest is for operators.
#[derive(Clone, Deserialize, Serialize, Zeroize, ZeroizeOnDrop)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoredKey {
    pub(crate) kid: String,
    key: String,
    /// When it became what it is, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
}

/// Keys by what they are for.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Ring {
    current: StoredKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<StoredKey>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    previous: Vec<StoredKey>,
}

/// What is to be done next with a ring.
pub(crate) enum Step {
    /// Nothing is announced: announce this.
    Announce(Ring),
    /// What was announced may not be used before then.
    Wait(Timestamp),
    /// What was announced is known everywhere: promote it.
    Promote(Ring),
}

impl StoredKey {
    fn fresh(now: Timestamp) -> Self {
        let key = Secret::alphanumeric(KEY_LENGTH).expose().to_owned();
        let kid = format!("k{}", Secret::alphanumeric(8).expose());
        Self { kid, key, since: Some(now.millis()) }
    }

    pub(crate) fn since(&self) -> Option<Timestamp> {
        self.since.map(Timestamp::from_millis)
    }

    fn from(&self, now: Timestamp) -> Self {
        Self { kid: self.kid.clone(), key: self.key.clone(), since: Some(now.millis()) }
    }
}

impl Ring {
    /// From a secret's text, in either spelling. Says nothing of the text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let flat = || {
            let current = serde_json::from_str(text).ok()?;
            Some(Self { current, next: None, previous: Vec::new() })
        };
        let ring = serde_json::from_str(text).ok().or_else(flat)?;
        // What functions wouldn't take is no ring.
        let _: domain::key::KeyRing = serde_json::from_str(text).ok()?;
        Some(ring)
    }

    pub(crate) fn text(&self) -> Result<Secret, serde_json::Error> {
        serde_json::to_string(self).map(Secret::new)
    }

    /// Every key and what it is.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (&StoredKey, &'static str)> {
        let current = std::iter::once((&self.current, "current"));
        let next = self.next.iter().map(|key| (key, "next"));
        current.chain(next).chain(self.previous.iter().map(|key| (key, "previous")))
    }

    pub(crate) fn current_kid(&self) -> &str {
        &self.current.kid
    }

    pub(crate) fn next_kid(&self) -> Option<&str> {
        self.next.as_ref().map(|next| next.kid.as_str())
    }

    /// The ring without a key that goes on verifying, if it has such a one.
    pub(crate) fn without(&self, kid: &str) -> Option<Self> {
        let mut ring = self.clone();
        ring.previous.retain(|key| key.kid != kid);
        (ring.previous.len() < self.previous.len()).then_some(ring)
    }

    /// What is next, for keys that are needed so long after their time.
    pub(crate) fn step(&self, needed: Duration, now: Timestamp) -> Step {
        let Some(next) = &self.next else {
            return Step::Announce(Self { next: Some(StoredKey::fresh(now)), ..self.clone() });
        };
        // Announced by hand, without saying when: from now on, as far as anybody knows.
        let announced_at = next.since().unwrap_or(now);
        let ripe_at = announced_at.plus(ANNOUNCED);
        if now < ripe_at {
            return Step::Wait(ripe_at);
        }
        let is_needed =
            |key: &&StoredKey| key.since().is_none_or(|retired_at| now < retired_at.plus(needed));
        let kept = self.previous.iter().filter(is_needed).cloned();
        let previous = std::iter::once(self.current.from(now)).chain(kept).collect();
        Step::Promote(Self { current: next.from(now), next: None, previous })
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
            Step::Announce(_) | Step::Wait(_) => panic!("not ripe"),
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
        assert!(matches!(ring.step(NEEDED, at(9)), Step::Wait(ripe_at) if ripe_at == at(10)));
        let ring = promoted(&ring, at(10));
        assert_eq!(states(&ring), [(second.clone(), "current"), ("initial".into(), "previous")]);
        // Another rotation within the hour drops nothing, a later one does.
        let ring = promoted(&announced(&ring, at(20)), at(69));
        assert_eq!(ring.previous.len(), 2);
        let ring = promoted(&announced(&ring, at(70)), at(128));
        let kept: Vec<_> = ring.previous.iter().map(|key| key.kid.clone()).collect();
        assert!(!kept.contains(&"initial".to_owned()) && kept.contains(&second), "{kept:?}");
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
