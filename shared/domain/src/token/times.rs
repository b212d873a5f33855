//! The times of a JWT, judged by those that we give.

use std::time::Duration;

use super::TokenError;
use crate::time::Timestamp;

/// How far a time may be in the future that must be past, because the clocks of our instances differ.
pub const LEEWAY: Duration = Duration::from_mins(1);

/// `iat` and `exp` of a token (RFC 7519 §4.1), in seconds since the epoch.
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) iat: i64,
    pub(super) exp: i64,
}

impl Times {
    /// Checks that the token was issued by now, lives no longer than we let a token live, and is not
    /// over. `exp` has no leeway, since we issued it ourselves.
    pub(super) fn judge(self, lifetime: Duration, now: Timestamp) -> Result<(), TokenError> {
        let lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        let lives_too_long = self.exp.saturating_sub(self.iat) > lifetime;
        match () {
            () if is_future(self.iat, now) || lives_too_long => Err(TokenError::Invalid),
            () if self.exp <= now.seconds() => Err(TokenError::Expired),
            () => Ok(()),
        }
    }
}

/// Whether a time is still to come on every clock of ours.
pub(super) fn is_future(seconds: i64, now: Timestamp) -> bool {
    seconds > now.plus(LEEWAY).seconds()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_from_the_past_short_lived_and_not_over() {
        let judge = |iat, exp| {
            Times { iat, exp }.judge(Duration::from_mins(15), Timestamp::from_seconds(1000))
        };
        for (iat, exp) in [(1000, 1900), (101, 1001), (1060, 1960), (1000, 1001)] {
            assert_eq!(judge(iat, exp), Ok(()), "{iat} {exp}");
        }
        for (iat, exp) in [(1000, 1000), (100, 1000), (-500, -100), (1060, 999)] {
            assert_eq!(judge(iat, exp), Err(TokenError::Expired), "{iat} {exp}");
        }
        for (iat, exp) in [
            (1061, 1961),
            (1000, 1901),
            (99, 1000),
            (i64::MAX, i64::MAX),
            (0, i64::MAX),
            (i64::MIN, i64::MAX),
            (i64::MIN, 1001),
        ] {
            assert_eq!(judge(iat, exp), Err(TokenError::Invalid), "{iat} {exp}");
        }
    }
}
