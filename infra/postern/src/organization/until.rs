//! The end of a sandbox, as an operator gives it.

use std::time::Duration;

use domain::time::{DateTime, Timestamp};

/// The end of a day (`2027-01-31`), or an instant (`2027-01-31T12:00:00Z`); both in UTC.
pub(crate) fn until(text: &str) -> Result<Timestamp, &'static str> {
    let end_of_day = || DateTime::try_from(format!("{text} 23:59:59")).ok();
    let end_of_day = end_of_day().map(|DateTime(last)| last.plus(Duration::from_secs(1)));
    let instant = text.strip_suffix('Z').filter(|text| text.matches('T').count() == 1);
    let instant = instant.and_then(|text| DateTime::try_from(text.replace('T', " ")).ok());
    end_of_day
        .or(instant.map(|DateTime(at)| at))
        .ok_or("a day is YYYY-MM-DD, an instant YYYY-MM-DDTHH:MM:SSZ, both in UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_its_end_and_an_instant_at_once() {
        let end = |text| until(text).map(Timestamp::rfc3339);
        assert_eq!(end("2026-12-31"), Ok("2027-01-01T00:00:00.000Z".into()));
        assert_eq!(end("2026-12-31T10:20:30Z"), Ok("2026-12-31T10:20:30.000Z".into()));
        for text in ["", "tomorrow", "2026-12-32", "2026-12-31T10:20:30", "2026-12-31 10:20:30Z"] {
            assert!(end(text).is_err(), "{text}");
        }
    }
}
