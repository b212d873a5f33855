//! Limits of attempts, and the windows in which attempts are counted.

use std::num::NonZeroU32;
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

    /// The hour of `now`.
    pub fn hour(now: Timestamp) -> Self {
        Self::aligned(now, Duration::from_hours(1))
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

/// How many attempts a window allows. There is no value for "no limit": a limit is what bounds guesses.
pub type Limit = NonZeroU32;

/// The limits that a setting may have: from 1 to the highest.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    default: u32,
    highest: u32,
}

/// Codes sent to one identifier of a sandbox in one UTC day: a partner's tests may need many. Without a
/// limit, its counters would grow without one, too.
pub const SANDBOX_SENDS_PER_DAY: Bounds = Bounds { default: 1000, highest: 1000 };

/// Codes sent to one identifier in one UTC day. A code allows three attempts, so this bounds guesses,
/// too: thirty a day at a million codes with the default. Every nonce makes the counter's item longer:
/// some forty fit into the first kilobyte, fifty into two.
pub const SENDS_PER_DAY: Bounds = Bounds { default: 10, highest: 50 };

/// Wrong passwords for one user name in a quarter of an hour: 960 guesses and hashes a day with the
/// default, 4,800 at most.
pub const PASSWORD_ATTEMPTS: Bounds = Bounds { default: 10, highest: 50 };

/// Sends and wrong codes of one source in an hour. It is off unless the organization sets it; the
/// default is the recommended value. At most 200 nonces stay below two kilobytes: see
/// [`Nonce::short`](crate::id::Nonce::short).
pub const SOURCE_LIMIT: Bounds = Bounds { default: 100, highest: 200 };

impl Bounds {
    /// The limit unless the organization's settings say otherwise.
    pub fn default(self) -> Limit {
        limit(self.default)
    }

    /// The highest limit.
    pub fn highest(self) -> Limit {
        limit(self.highest)
    }

    /// The limit that a stored number means. 0, which no operator can set, and anything above the
    /// highest limit mean the highest.
    pub fn stored(self, number: Option<i64>) -> Limit {
        let Some(number) = number else { return self.default() };
        let number = u32::try_from(number).ok().and_then(Limit::new);
        number.map_or(self.highest(), |number| number.min(self.highest()))
    }
}

fn limit(number: u32) -> Limit {
    Limit::new(number).unwrap_or(Limit::MIN)
}

/// SMS that one organization sends in one UTC day, unless its settings say otherwise.
pub const DEFAULT_SMS_PER_DAY: u32 = 2000;

/// The highest number of SMS a day that an operator can set.
pub const HIGHEST_SMS_PER_DAY: u32 = 1_000_000;

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

    #[test]
    fn a_stored_limit_is_always_within_its_bounds() {
        let read = |number| SENDS_PER_DAY.stored(number).get();
        assert_eq!([None, Some(1), Some(10), Some(50)].map(read), [10, 1, 10, 50]);
        for outside in [0, -1, 51, i64::MAX, i64::MIN] {
            assert_eq!(read(Some(outside)), 50, "{outside}");
        }
    }
}
