//! A family of refresh tokens: one current token, rotated by whoever presents it first.

use std::time::Duration;

use crate::secret::Digest;
use crate::time::Timestamp;

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
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Reuse => "reuse",
            Self::User => "user",
            Self::Operator => "operator",
        }
    }

    /// From the stored form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let reasons = [Self::Logout, Self::Reuse, Self::User, Self::Operator];
        reasons.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// One presentation of a refresh token, with the tokens that could be its successor.
#[derive(Clone, Debug)]
pub struct Presentation {
    /// Digest of the token that was presented.
    pub presented: Digest,
    /// Without an idempotency key one fresh token; with one, its successor under each key we hold,
    /// the one that we tried to commit first.
    pub successors: Vec<Successor>,
}

/// A token that may follow the presented one.
#[derive(Clone, Debug)]
pub struct Successor {
    /// The refresh key it was derived under; none when it is random.
    pub kid: Option<String>,
    /// Its digest.
    pub digest: Digest,
}

/// What a rotation came to.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The successor at this index is the family's current token, and ours to hand out.
    Rotated(usize),
    /// A token came back that is no longer current: revoke the family before answering.
    Replayed,
    /// The family had been revoked before.
    Revoked(RevocationReason),
    /// The family is over or forgotten.
    Expired,
    /// Can't be told now; answering anything else could call a retry a theft.
    Unresolved,
}

/// Reads the item that the guard of the rotation was lost to, or a strong read. The order matters:
/// revocation is answered before expiry, and a retry is recognised before it could look like a replay.
pub fn rotation(found: Option<&Family>, call: &Presentation, now: Timestamp) -> Rotation {
    let Some(family) = found else { return Rotation::Expired };
    if let Some(revocation) = family.revoked {
        return Rotation::Revoked(revocation.reason);
    }
    if now >= family.expires_at {
        return Rotation::Expired;
    }
    let since_rotation = family.rotated_at.map(|rotated_at| now.since(rotated_at));
    let within = |span: Duration| since_rotation.is_some_and(|since| since < span);
    let is_ours = |digest: &Digest| call.successors.iter().position(|ours| ours.digest == *digest);

    if let Some(index) = is_ours(&family.current) {
        let is_retry = call.successors[index].kid.is_some();
        if !is_retry || within(IDEMPOTENT_RETRY) {
            return Rotation::Rotated(index);
        }
    }
    let is_slow_copy = family.previous.as_ref().is_some_and(|previous| is_ours(previous).is_some());
    if is_slow_copy && within(SLOW_COPY) {
        return Rotation::Unresolved;
    }
    let guard_still_holds = family.current == call.presented;
    if guard_still_holds || is_retry_under_lost_key(family, call) {
        return Rotation::Unresolved;
    }
    Rotation::Replayed
}

/// An idempotent rotation of this very token, whose successor we can't derive again because the key
/// that it was derived under is not to be had.
fn is_retry_under_lost_key(family: &Family, call: &Presentation) -> bool {
    let Some(kid) = &family.kid else { return false };
    let is_idempotent = call.successors.iter().any(|successor| successor.kid.is_some());
    let holds_key = call.successors.iter().any(|successor| successor.kid.as_ref() == Some(kid));
    is_idempotent && !holds_key && family.previous.as_ref() == Some(&call.presented)
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

    fn strict(presented: &str, successor: &str) -> Presentation {
        let successors = vec![Successor { kid: None, digest: digest(successor) }];
        Presentation { presented: digest(presented), successors }
    }

    fn idempotent(presented: &str, successors: &[(&str, &str)]) -> Presentation {
        let successor = |(kid, text): &(&str, &str)| Successor {
            kid: Some((*kid).to_owned()),
            digest: digest(text),
        };
        let successors = successors.iter().map(successor).collect();
        Presentation { presented: digest(presented), successors }
    }

    #[test]
    fn a_rotation_that_was_ours_is_recognised() {
        let found = family("a", "b", None, 3600);
        assert_eq!(rotation(Some(&found), &strict("a", "b"), NOW), Rotation::Rotated(0));
    }

    #[test]
    fn a_parallel_rotation_of_somebody_else_makes_ours_a_replay() {
        let found = family("a", "c", None, 0);
        assert_eq!(rotation(Some(&found), &strict("a", "b"), NOW), Rotation::Replayed);
    }

    #[test]
    fn an_idempotent_retry_has_ten_minutes() {
        let call = idempotent("a", &[("k2", "b2"), ("k1", "b1")]);
        let at = |age| rotation(Some(&family("a", "b1", Some("k1"), age)), &call, NOW);
        assert_eq!(at(599), Rotation::Rotated(1));
        assert_eq!(at(600), Rotation::Replayed);
    }

    #[test]
    fn a_slow_copy_whose_answer_was_used_is_not_called_a_theft() {
        let at = |age| rotation(Some(&family("b", "c", None, age)), &strict("a", "b"), NOW);
        assert_eq!(at(9), Rotation::Unresolved);
        assert_eq!(at(10), Rotation::Replayed);
    }

    #[test]
    fn a_retry_under_a_key_that_is_gone_is_not_called_a_theft() {
        let found = family("a", "b1", Some("k1"), 5);
        let call = idempotent("a", &[("k2", "b2")]);
        assert_eq!(rotation(Some(&found), &call, NOW), Rotation::Unresolved);
        let thief = idempotent("z", &[("k2", "b2")]);
        assert_eq!(rotation(Some(&found), &thief, NOW), Rotation::Replayed);
        assert_eq!(rotation(Some(&found), &strict("a", "x"), NOW), Rotation::Replayed);
    }

    #[test]
    fn revocation_is_answered_before_expiry_and_expiry_before_replay() {
        let reason = RevocationReason::Logout;
        let mut found = family("a", "b", None, 0);
        found.expires_at = NOW;
        assert_eq!(rotation(Some(&found), &strict("z", "y"), NOW), Rotation::Expired);
        found.revoked = Some(Revocation { at: NOW, reason });
        assert_eq!(rotation(Some(&found), &strict("z", "y"), NOW), Rotation::Revoked(reason));
        assert_eq!(rotation(None, &strict("z", "y"), NOW), Rotation::Expired);
    }

    #[test]
    fn a_rotation_that_has_not_happened_yet_is_unresolved() {
        let found = family("", "a", None, 0);
        assert_eq!(rotation(Some(&found), &strict("a", "b"), NOW), Rotation::Unresolved);
    }
}
