//! The fence of an organization or of the identity provider's realm: an instant, stored as `validAfter`.
//! Sessions, tokens and codes from at or before it are refused. A user's sign-out everywhere is the same
//! for one user.

use std::time::Duration;

use crate::time::Timestamp;

/// How far ahead of the operator's clock a fence is set. An instance that read the organization just
/// before caches it for 60 s and finishes its last request in 2.5 s; two clocks differ by up to 5 s; the
/// rest is for the fence's own write and for reads that lag behind it. All that such an instance issues
/// must be from before the fence: with less, one exchanges an old code for a session that lives for 90
/// days (docs/decisions/0026-a-fence-needs-70-seconds.md).
pub const MARGIN: Duration = Duration::from_secs(70);

/// Whether a session, token or code that was created at `created_at` is accepted.
pub fn admits(valid_after: Option<Timestamp>, created_at: Timestamp) -> bool {
    valid_after.is_none_or(|bound| created_at > bound)
}

/// The first instant at which what is issued is accepted. The time in a JWT is rounded down to a second,
/// so this is the second after the fence.
pub fn over_at(valid_after: Timestamp) -> Timestamp {
    valid_after.whole_second().plus(Duration::from_secs(1))
}

/// The seconds until the fence is over, rounded up; `None` if it is over. Until then, what is issued
/// would be refused. Never more than [`MARGIN`]: only a wrong clock sets a fence further ahead, and a
/// client should ask again before an hour is over.
pub fn seconds_left(valid_after: Option<Timestamp>, now: Timestamp) -> Option<u64> {
    let left = over_at(valid_after?).since(now).min(MARGIN);
    let seconds = left.as_millis().div_ceil(1000);
    u64::try_from(seconds).ok().filter(|seconds| *seconds > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_created_at_the_fence_is_refused() {
        let at = Timestamp::from_millis;
        let fence = Some(at(10));
        assert!(!admits(fence, at(9)) && !admits(fence, at(10)) && admits(fence, at(11)));
        assert!(admits(None, at(0)));
    }

    #[test]
    fn a_fence_is_over_when_a_token_of_that_second_would_be_accepted() {
        let at = Timestamp::from_millis;
        for bound in [9_000, 9_001, 9_500, 9_999] {
            let fence = Some(at(bound));
            for now in 8_000..11_000 {
                let is_accepted = admits(fence, at(now).whole_second());
                assert_eq!(seconds_left(fence, at(now)).is_none(), is_accepted, "{bound} {now}");
            }
        }
        assert_eq!(seconds_left(None, at(0)), None);
    }

    #[test]
    fn the_wait_is_rounded_up_and_never_longer_than_the_margin() {
        let at = Timestamp::from_millis;
        let left = |now| seconds_left(Some(at(69_999)), at(now));
        assert_eq!(left(0), Some(70));
        assert_eq!(left(1), Some(70));
        assert_eq!(left(68_999), Some(2));
        assert_eq!(left(69_000), Some(1));
        assert_eq!(left(69_999), Some(1));
        assert_eq!(left(70_000), None);
        assert_eq!(seconds_left(Some(at(i64::MAX)), at(0)), Some(70));
    }
}
