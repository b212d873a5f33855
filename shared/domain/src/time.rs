//! Instants. The domain never reads a clock: callers pass the time.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// Milliseconds since 1970-01-01T00:00:00Z, the precision in which items are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From whole seconds since the epoch, as JWT claims count (RFC 7519 §2, `NumericDate`).
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The start of this instant's second: the precision of a JWT.
    pub const fn whole_second(self) -> Self {
        Self::from_seconds(self.seconds())
    }

    /// This instant moved forward; saturates at the end of time.
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis_of(duration)))
    }

    /// This instant moved back; saturates at the beginning of time.
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis_of(duration)))
    }

    /// The time from `earlier` to `self`; zero if `self` is not later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// RFC 3339 in UTC with milliseconds, e.g. `2024-01-15T10:30:00.000Z`.
    pub fn rfc3339(self) -> String {
        let at = self.utc();
        format!("{}T{}.{:03}Z", at.date(), time_of_day(at), at.millisecond())
    }

    /// The date of an HTTP header (RFC 9110 §5.6.7), e.g. `Mon, 15 Jan 2024 10:30:00 GMT`.
    pub fn http_date(self) -> String {
        let at = self.utc();
        let (weekday, month) = (at.weekday().to_string(), at.month().to_string());
        let (day, year, time) = (at.day(), at.year(), time_of_day(at));
        format!("{weekday:.3}, {day:02} {month:.3} {year:04} {time} GMT")
    }

    /// Date and time; the end of the year 9999 for later instants.
    fn utc(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .unwrap_or(PrimitiveDateTime::MAX.assume_utc())
    }
}

fn time_of_day(at: OffsetDateTime) -> String {
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// Seconds in UTC as `YYYY-MM-DD HH:MM:SS` (identity provider's contract, which names no time zone).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DateTime(pub Timestamp);

/// The text is not `YYYY-MM-DD HH:MM:SS`, or there is no such date or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time is YYYY-MM-DD HH:MM:SS, in UTC")]
pub struct InvalidDateTime;

impl TryFrom<String> for DateTime {
    type Error = InvalidDateTime;

    fn try_from(text: String) -> Result<Self, InvalidDateTime> {
        let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
        let at = PrimitiveDateTime::parse(&text, format).map_err(|_| InvalidDateTime)?;
        let parsed = Self(Timestamp::from_seconds(at.assume_utc().unix_timestamp()));
        // The format would also accept a sign before the year.
        if String::from(parsed) == text { Ok(parsed) } else { Err(InvalidDateTime) }
    }
}

impl From<DateTime> for String {
    fn from(DateTime(at): DateTime) -> Self {
        let at = at.utc();
        format!("{} {}", at.date(), time_of_day(at))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.rfc3339())
    }
}

fn millis_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_print_as_rfc_3339_in_utc() {
        let printed = [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_705_314_600_000, "2024-01-15T10:30:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (i64::MAX, "9999-12-31T23:59:59.999Z"),
        ];
        for (millis, text) in printed {
            assert_eq!(Timestamp::from_millis(millis).rfc3339(), text);
        }
    }

    #[test]
    fn http_dates_have_weekday_and_month_in_three_letters() {
        let date = |seconds| Timestamp::from_seconds(seconds).http_date();
        assert_eq!(date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(date(1_709_209_859), "Thu, 29 Feb 2024 12:30:59 GMT");
        assert_eq!(date(i64::MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
    }

    #[test]
    fn a_date_and_time_is_read_as_it_is_printed() {
        for (text, seconds) in [
            ("1970-01-01 00:00:00", 0),
            ("2015-01-20 09:52:58", 1_421_747_578),
            ("2000-02-29 23:59:59", 951_868_799),
            ("1969-12-31 23:59:59", -1),
        ] {
            let read = DateTime::try_from(text.to_owned());
            assert_eq!(read, Ok(DateTime(Timestamp::from_seconds(seconds))), "{text}");
            assert_eq!(read.map(String::from), Ok(text.to_owned()));
        }
        assert_eq!(String::from(DateTime(Timestamp::from_millis(999))), "1970-01-01 00:00:00");
    }

    #[test]
    fn what_is_no_date_and_time_is_refused() {
        for text in [
            "",
            "2015-01-20",
            "2015-01-20T09:52:58",
            "2015-01-20 09:52:58Z",
            "2015-01-20 09:52:58.0",
            "2015-1-20 09:52:58",
            "+2015-01-20 09:52:58",
            "2015-02-29 00:00:00",
            "2015-13-01 00:00:00",
            "2015-01-20 24:00:00",
            "2015-01-20 09:60:00",
            "9223372036854775807-01-01 00:00:00",
            "-9223372036854775808-01-01 00:00:00",
            "2015-01-9223372036854775807 00:00:00",
            "2015-01-01 9223372036854775807:00:00",
        ] {
            assert_eq!(DateTime::try_from(text.to_owned()), Err(InvalidDateTime), "{text}");
        }
    }

    #[test]
    fn time_never_runs_backwards_in_a_difference() {
        let (early, late) = (Timestamp::from_millis(5), Timestamp::from_millis(9));
        assert_eq!(late.since(early), Duration::from_millis(4));
        assert_eq!(early.since(late), Duration::ZERO);
    }
}
