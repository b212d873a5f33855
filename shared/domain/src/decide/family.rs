//! A family of refresh tokens: one current token, rotated by whoever presents it first.

use std::time::Duration;

use super::Unresolved;
use crate::secret::Digest;
use crate::time::Timestamp;
use crate::token::refresh::RefreshToken;

/// How long a retry with the same idempotency key gets the answer that was lost.
pub const IDEMPOTENT_RETRY: Duration = Duration::from_mins(10);

/// How long a copy of a rotation may be under way behind the rotation that followed it.
pub const SLOW_COPY: Duration = Duration::from_secs(10);

/// What decides about every token of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// The one live token.
    pub current: Digest,
    /// The one before it.
    pub previous: Option<Digest>,
    /// When `current` took the place of `previous`.
    pub rotated_at: Option<Timestamp>,
    /// First instant at which `current` no longer works: the sliding bound, never past the absolute one.
    pub expires_at: Timestamp,
    /// The refresh key that derived `current`, when a client asked for an idempotent rotation.
    pub kid: Option<String>,
    /// Set once, never taken back.
    pub revoked: Option<Revocation>,
}

/// When and why a family ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: RevocationReason,
}

/// Why a family was revoked. Callers are never told; metrics are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationReason {
    /// The client signed out.
    Logout,
    /// A token that had been rotated came back.
    Reuse,
    /// The user is gone, disabled or signed out everywhere.
    User,
    /// An operator ended this one session.
    Operator,
}

impl RevocationReason {
    /// As stored and as a metric's dimension.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Reuse => "reuse",
            Self::User => "user",
            Self::Operator => "operator",
        }
    }

    /// From the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        let reasons = [Self::Logout, Self::Reuse, Self::User, Self::Operator];
        reasons.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// What became of a revocation.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// No token of the family works any more.
    Durably,
    /// There is no such family (any more).
    Gone,
}

/// Reads the item that a revocation was lost to, or a strong read.
pub fn revocation(found: Option<&Family>) -> Result<Revoked, Unresolved> {
    match found.map(|family| family.revoked) {
        Some(Some(_)) => Ok(Revoked::Durably),
        Some(None) => Err(Unresolved),
        None => Ok(Revoked::Gone),
    }
}

/// One presentation of a refresh token, with the tokens that could be its successor. `T` is what the
/// caller hands out: the token itself, or what the model checker has in its place.
#[derive(Clone, Debug)]
pub struct Presentation<T = RefreshToken> {
    /// Digest of the token that was presented.
    pub presented: Digest,
    /// Without an idempotency key one fresh token; with one, its successor under each key of the ring,
    /// the one that we tried to commit first.
    pub successors: Vec<Successor<T>>,
}

/// A token that may follow the presented one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor<T = RefreshToken> {
    /// The refresh key that it was derived under; `None` when it is random.
    pub kid: Option<String>,
    /// Its digest.
    pub digest: Digest,
    /// The token.
    pub token: T,
}

impl Successor {
    /// A token, with the refresh key that it was derived under.
    pub fn new(kid: Option<String>, token: RefreshToken) -> Self {
        Self { kid, digest: token.digest(), token }
    }
}

impl<T> Presentation<T> {
    fn find(&self, digest: &Digest) -> Option<&Successor<T>> {
        self.successors.iter().find(|ours| ours.digest == *digest)
    }
}

/// What became of a rotation.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation<T = RefreshToken> {
    /// This successor is the family's current token, and ours to hand out.
    Rotated(T),
    /// A token came back that is no longer current. Its family must be revoked, durably, before the
    /// caller is told.
    Replayed,
    /// The family had been revoked before.
    Revoked(RevocationReason),
    /// The family is over or forgotten.
    Expired,
}

/// Reads the item that the guard of the rotation was lost to, or a strong read. The order matters:
/// revocation is answered before expiry, and a retry is recognised before it could look like a replay.
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
    let guard_still_holds = family.current == call.presented;
    if (is_slow_copy && within(SLOW_COPY))
        || guard_still_holds
        || is_retry_under_lost_key(family, call)
    {
        return Err(Unresolved);
    }
    Ok(Rotation::Replayed)
}

/// An idempotent rotation of this very token, whose successor we can't derive again because the key
/// that it was derived under is not in our ring.
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
            revoked: None,
        }
    }

    fn strict<'t>(presented: &str, successor: &'t str) -> Presentation<&'t str> {
        let successors = vec![Successor { kid: None, digest: digest(successor), token: successor }];
        Presentation { presented: digest(presented), successors }
    }

    fn idempotent<'t>(presented: &str, successors: &[(&str, &'t str)]) -> Presentation<&'t str> {
        let successor = |(kid, token): &(&str, &'t str)| Successor {
            kid: Some((*kid).to_owned()),
            digest: digest(token),
            token: *token,
        };
        let successors = successors.iter().map(successor).collect();
        Presentation { presented: digest(presented), successors }
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
