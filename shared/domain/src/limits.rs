//! Limits of attempts, and the windows in which attempts are counted.

use std::time::Duration;

use crate::time::Timestamp;

/// A span of time in which attempts are counted. It is aligned to the epoch, so that every instance
/// counts in the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    start: Timestamp,
    length: Duration,
}

impl Window {
    /// The UTC day of `now`.
    pub fn day(now: Timestamp) -> Self {
        Self::aligned(now, Duration::from_hours(24))
    }

    /// The quarter of an hour of `now`.
    pub fn quarter_hour(now: Timestamp) -> Self {
        Self::aligned(now, Duration::from_mins(15))
    }

    fn aligned(now: Timestamp, length: Duration) -> Self {
        let seconds = i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
        let start = Timestamp::from_seconds(now.seconds().div_euclid(seconds) * seconds);
        Self { start, length }
    }

    /// The first instant after the window.
    pub fn end(self) -> Timestamp {
        self.start.plus(self.length)
    }

    /// How long a caller has to wait, in whole seconds, rounded up and never zero (`Retry-After`,
    /// RFC 9110 §10.2.3).
    pub fn seconds_left(self, now: Timestamp) -> u64 {
        self.end().since(now).as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX)
    }

    /// Names the window in a key: its first second since the epoch.
    pub fn label(self) -> i64 {
        self.start.seconds()
    }
}

/// How many attempts a window allows; `None` means no limit.
///
/// Items store it as a number, where 0 means no limit.
pub type Limit = Option<std::num::NonZeroU32>;

/// Codes sent to one identifier in one UTC day, unless the organization's settings say otherwise. With
/// three attempts for each code, an attacker has about thirty guesses a day at a million codes.
pub const DEFAULT_SENDS_PER_DAY: u32 = 10;

/// Codes sent to one identifier of a sandbox in one UTC day: a partner's tests may need many. Without a
/// limit, its counters would grow without one, too.
pub const SANDBOX_SENDS_PER_DAY: u32 = 1000;

/// Passwords tried for one user name in a quarter of an hour, unless the organization's settings say
/// otherwise: 960 guesses and hashes a day.
pub const DEFAULT_PASSWORD_ATTEMPTS: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_utc() {
        let last = Timestamp::from_millis(86_400_000 * 7 - 1);
        let next = Timestamp::from_millis(86_400_000 * 7);
        assert_eq!(Window::day(last).end(), next);
        assert_eq!(Window::day(next).end(), Timestamp::from_millis(86_400_000 * 8));
        assert_ne!(Window::day(last).label(), Window::day(next).label());
    }

    #[test]
    fn an_hour_has_four_windows() {
        let starts = [0, 899, 900, 1799, 1800, 2700, 3600].map(|second| {
            Window::quarter_hour(Timestamp::from_seconds(86_400 + second)).label() - 86_400
        });
        assert_eq!(starts, [0, 0, 900, 900, 1800, 2700, 3600]);
    }

    #[test]
    fn waiting_is_rounded_up_and_never_zero() {
        let now = Timestamp::from_millis(86_400_000 - 1001);
        assert_eq!(Window::day(now).seconds_left(now), 2);
        let now = Timestamp::from_millis(86_400_000 - 1);
        assert_eq!(Window::day(now).seconds_left(now), 1);
    }
}
