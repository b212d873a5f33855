//! A family of refresh tokens. One token is current; the first request that presents it rotates it.

use std::time::Duration;

use super::Unresolved;
use crate::secret::Digest;
use crate::time::Timestamp;
use crate::token::refresh::RefreshToken;

/// How long a repetition with the same idempotency key is recognised: a refresh gets the successor
/// whose answer was lost, and a send sends nothing again.
pub const IDEMPOTENT_RETRY: Duration = Duration::from_mins(10);

/// How late a copy of a rotation may arrive after the next rotation.
pub const SLOW_COPY: Duration = Duration::from_secs(10);

/// The state that decides about every token of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// The live token.
    pub current: Digest,
    /// The token before it.
    pub previous: Option<Digest>,
    /// When `current` replaced `previous`.
    pub rotated_at: Option<Timestamp>,
    /// First instant at which `current` no longer works: the sliding expiry, never later than the
    /// absolute one.
    pub expires_at: Timestamp,
    /// The refresh key that derived `current`, if the client asked for an idempotent rotation.
    pub kid: Option<String>,
    /// Digest of the idempotency key of the newest rotation that had one.
    pub last_key: Option<Digest>,
    /// Set once, never removed.
    pub revoked: Option<Revocation>,
}

/// When and why a family was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When it was revoked.
    pub at: Timestamp,
    /// Why it was revoked.
    pub reason: RevocationReason,
}

/// Why a family was revoked. Metrics show the reason, answers never do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationReason {
    /// The client signed out.
    Logout,
    /// A client presented a token that had been rotated.
    Reuse,
    /// The user was deleted, disabled or signed out everywhere.
    User,
    /// An operator revoked this session.
    Operator,
}

impl RevocationReason {
    /// The text in items and in the dimension of a metric.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Reuse => "reuse",
            Self::User => "user",
            Self::Operator => "operator",
        }
    }

    /// Reads the stored text.
    pub fn parse(text: &str) -> Option<Self> {
        let reasons = [Self::Logout, Self::Reuse, Self::User, Self::Operator];
        reasons.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// The outcome of a revocation.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// The revocation is stored: no token of the family works any more.
    Durably,
    /// The family was not found.
    Gone,
}

/// Decides about a revocation from the item that failed its guard, or from a strong read.
pub fn revocation(found: Option<&Family>) -> Result<Revoked, Unresolved> {
    match found.map(|family| family.revoked) {
        Some(Some(_)) => Ok(Revoked::Durably),
        Some(None) => Err(Unresolved),
        None => Ok(Revoked::Gone),
    }
}

/// One presentation of a refresh token, with the tokens that may succeed it. `T` is the type of a
/// token; the model checker has its own.
#[derive(Clone, Debug)]
pub struct Presentation<T = RefreshToken> {
    /// Digest of the token that was presented.
    pub presented: Digest,
    /// Without an idempotency key, one random token. With one, the token that each key of the ring
    /// derives; the first is the one that we tried to commit.
    pub successors: Vec<Successor<T>>,
    /// Digest of the idempotency key.
    pub key: Option<Digest>,
}

/// A token that may succeed the presented one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor<T = RefreshToken> {
    /// The refresh key that it was derived under; `None` for a random token.
    pub kid: Option<String>,
    /// The digest of the token.
    pub digest: Digest,
    /// The token.
    pub token: T,
}

impl Successor {
    /// The successor `token`, which was derived under the refresh key `kid` or is random.
    pub fn new(kid: Option<String>, token: RefreshToken) -> Self {
        Self { kid, digest: token.digest(), token }
    }
}

impl<T> Presentation<T> {
    fn find(&self, digest: &Digest) -> Option<&Successor<T>> {
        self.successors.iter().find(|ours| ours.digest == *digest)
    }
}

/// The outcome of a rotation.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation<T = RefreshToken> {
    /// This successor is the family's current token. We may return it.
    Rotated(T),
    /// The presented token is no longer current. Revoke its family durably before answering.
    Replayed,
    /// The presented token is current, and the idempotency key was used for the rotation before: with
    /// the key of that rotation, whoever knows it could follow this one, too. Nothing changed.
    KeyUsed,
    /// The family was revoked before.
    Revoked(RevocationReason),
    /// The family expired, or was not found.
    Expired,
}

/// Decides about a rotation from the item that failed its guard, or from a strong read. The order
/// matters: revocation comes before expiry, and a retry is recognised before it looks like a replay.
pub fn rotation<T: Clone>(
    found: Option<&Family>,
    call: &Presentation<T>,
    now: Timestamp,
) -> Result<Rotation<T>, Unresolved> {
    let Some(family) = found else { return Ok(Rotation::Expired) };
    if let Some(revocation) = family.revoked {
        return Ok(Rotation::Revoked(revocation.reason));
    }
    if now >= family.expires_at {
        return Ok(Rotation::Expired);
    }
    let since_rotation = family.rotated_at.map(|rotated_at| now.since(rotated_at));
    let within = |span: Duration| since_rotation.is_some_and(|since| since < span);

    if let Some(ours) = call.find(&family.current) {
        let is_retry = ours.kid.is_some();
        if !is_retry || within(IDEMPOTENT_RETRY) {
            return Ok(Rotation::Rotated(ours.token.clone()));
        }
    }
    let is_slow_copy = family.previous.as_ref().is_some_and(|token| call.find(token).is_some());
    if is_slow_copy && within(SLOW_COPY) {
        return Err(Unresolved);
    }
    let is_current = family.current == call.presented;
    if is_current && call.key.is_some() && call.key == family.last_key {
        return Ok(Rotation::KeyUsed);
    }
    // If the token is current, the guard would pass: a late copy of our rotation may still be applied.
    if is_current || is_retry_under_lost_key(family, call) {
        return Err(Unresolved);
    }
    Ok(Rotation::Replayed)
}

/// Whether an idempotent rotation replaced the presented token, and its successor can't be derived
/// again because the key is not in our ring.
fn is_retry_under_lost_key<T>(family: &Family, call: &Presentation<T>) -> bool {
    let Some(kid) = &family.kid else { return false };
    let is_idempotent = call.successors.iter().any(|successor| successor.kid.is_some());
    let has_key = call.successors.iter().any(|successor| successor.kid.as_ref() == Some(kid));
    is_idempotent && !has_key && family.previous.as_ref() == Some(&call.presented)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn digest(text: &str) -> Digest {
        Digest::stored(text)
    }

    fn family(previous: &str, current: &str, kid: Option<&str>, age: i64) -> Family {
        Family {
            current: digest(current),
            previous: Some(digest(previous)),
            rotated_at: Some(Timestamp::from_seconds(NOW.seconds() - age)),
            expires_at: NOW.plus(Duration::from_secs(1)),
            kid: kid.map(str::to_owned),
            last_key: None,
            revoked: None,
        }
    }

    fn strict<'t>(presented: &str, successor: &'t str) -> Presentation<&'t str> {
        let successors = vec![Successor { kid: None, digest: digest(successor), token: successor }];
        Presentation { presented: digest(presented), successors, key: None }
    }

    fn idempotent<'t>(presented: &str, successors: &[(&str, &'t str)]) -> Presentation<&'t str> {
        let successor = |(kid, token): &(&str, &'t str)| Successor {
            kid: Some((*kid).to_owned()),
            digest: digest(token),
            token: *token,
        };
        let successors = successors.iter().map(successor).collect();
        Presentation { presented: digest(presented), successors, key: Some(digest("key")) }
    }

    #[test]
    fn a_rotation_that_was_ours_is_recognised() {
        let found = family("a", "b", None, 3600);
        assert_eq!(rotation(Some(&found), &strict("a", "b"), NOW), Ok(Rotation::Rotated("b")));
    }

    #[test]
    fn a_parallel_rotation_of_somebody_else_makes_ours_a_replay() {
        let found = family("a", "c", None, 0);
        assert_eq!(rotation(Some(&found), &strict("a", "b"), NOW), Ok(Rotation::Replayed));
    }

    #[test]
    fn an_idempotent_retry_has_ten_minutes() {
        let call = idempotent("a", &[("k2", "b2"), ("k1", "b1")]);
        let at = |age| rotation(Some(&family("a", "b1", Some("k1"), age)), &call, NOW);
        assert_eq!(at(599), Ok(Rotation::Rotated("b1")));
        assert_eq!(at(600), Ok(Rotation::Replayed));
    }

    #[test]
    fn one_key_serves_one_rotation() {
        let mut found = family("a", "b1", Some("k1"), 0);
        found.last_key = Some(digest("key"));
        let decide = |call: &_| rotation(Some(&found), call, NOW);
        assert_eq!(decide(&idempotent("b1", &[("k1", "c1")])), Ok(Rotation::KeyUsed));
        // The retry of the rotation itself comes first.
        assert_eq!(decide(&idempotent("a", &[("k1", "b1")])), Ok(Rotation::Rotated("b1")));
        // Without a key, or with another one, the guard would pass.
        assert_eq!(decide(&strict("b1", "c")), Err(Unresolved));
        let other =
            Presentation { key: Some(digest("other")), ..idempotent("b1", &[("k1", "c2")]) };
        assert_eq!(decide(&other), Err(Unresolved));
    }

    #[test]
    fn a_slow_copy_whose_answer_was_used_is_not_called_a_theft() {
        let at = |age| rotation(Some(&family("b", "c", None, age)), &strict("a", "b"), NOW);
        assert_eq!(at(9), Err(Unresolved));
        assert_eq!(at(10), Ok(Rotation::Replayed));
    }

    #[test]
    fn a_retry_under_a_key_that_is_gone_is_not_called_a_theft() {
        let found = family("a", "b1", Some("k1"), 5);
        let call = idempotent("a", &[("k2", "b2")]);
        assert_eq!(rotation(Some(&found), &call, NOW), Err(Unresolved));
        let thief = idempotent("z", &[("k2", "b2")]);
        assert_eq!(rotation(Some(&found), &thief, NOW), Ok(Rotation::Replayed));
        assert_eq!(rotation(Some(&found), &strict("a", "x"), NOW), Ok(Rotation::Replayed));
    }

    #[test]
    fn revocation_is_answered_before_expiry_and_expiry_before_replay() {
        let reason = RevocationReason::Logout;
        let mut found = family("a", "b", None, 0);
        found.expires_at = NOW;
        assert_eq!(rotation(Some(&found), &strict("z", "y"), NOW), Ok(Rotation::Expired));
        found.revoked = Some(Revocation { at: NOW, reason });
        assert_eq!(rotation(Some(&found), &strict("z", "y"), NOW), Ok(Rotation::Revoked(reason)));
        assert_eq!(rotation(None, &strict("z", "y"), NOW), Ok(Rotation::Expired));
    }

    #[test]
    fn a_rotation_that_has_not_happened_yet_is_unresolved() {
        let found = family("", "a", None, 0);
        assert_eq!(rotation(Some(&found), &strict("a", "b"), NOW), Err(Unresolved));
    }

    #[test]
    fn a_revocation_is_durable_once_the_item_says_so() {
        let mut found = family("a", "b", None, 0);
        assert_eq!(revocation(None), Ok(Revoked::Gone));
        assert_eq!(revocation(Some(&found)), Err(Unresolved));
        found.revoked = Some(Revocation { at: NOW, reason: RevocationReason::Reuse });
        assert_eq!(revocation(Some(&found)), Ok(Revoked::Durably));
    }
}
