//! Hours, each of which has one seal.

use std::fmt;
use std::time::Duration;

use crate::time::Timestamp;

const SECONDS: i64 = 3600;

/// How long after its end an hour may be sealed: until then, a recorder may still write lines of it.
pub const SETTLING: Duration = Duration::from_mins(10);

/// An hour in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(i64);

impl Hour {
    /// The hour that an instant is in.
    pub const fn of(at: Timestamp) -> Self {
        Self(at.seconds().div_euclid(SECONDS))
    }

    /// The hour that starts at this second; `None` if none does.
    pub const fn starting_at(seconds: i64) -> Option<Self> {
        if seconds.rem_euclid(SECONDS) == 0 {
            Some(Self(seconds.div_euclid(SECONDS)))
        } else {
            None
        }
    }

    /// The last hour that may be sealed now.
    pub fn due(now: Timestamp) -> Self {
        Self(Self::of(now.minus(SETTLING)).0 - 1)
    }

    /// Its first instant.
    pub const fn start(self) -> Timestamp {
        Timestamp::from_seconds(self.0.saturating_mul(SECONDS))
    }

    /// The hour after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The hour before it.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

/// `2026-11-27T07`.
impl fmt::Display for Hour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.start().rfc3339();
        formatter.write_str(text.get(..13).unwrap_or(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_due_ten_minutes_after_its_end() {
        let at = |hour: i64, minute: i64| Timestamp::from_seconds(hour * 3600 + minute * 60);
        assert_eq!(Hour::due(at(8, 9)), Hour::of(at(6, 0)));
        assert_eq!(Hour::due(at(8, 10)), Hour::of(at(7, 59)));
        assert_eq!(Hour::due(at(8, 10)).next().previous().start(), at(7, 0));
        assert_eq!(Hour::starting_at(7 * 3600), Some(Hour(7)));
        assert_eq!(Hour::starting_at(7 * 3600 + 1), None);
    }

    #[test]
    fn an_hour_prints_as_the_beginning_of_its_instants() {
        assert_eq!(
            Hour::of(Timestamp::from_millis(1_705_314_600_000)).to_string(),
            "2024-01-15T10"
        );
    }
}
