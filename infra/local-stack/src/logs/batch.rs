//! What `PutLogEvents` accepts:
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>

use std::ops::Range;
use std::time::Duration;

use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

const MAXIMUM_EVENTS: usize = 10_000;
pub(crate) const MAXIMUM_BYTES: usize = 1_048_576;
/// What each event counts besides its message.
pub(crate) const OVERHEAD: usize = 26;
const MAXIMUM_SPAN: i64 = 24 * 60 * 60 * 1000;
const FUTURE: Duration = Duration::from_hours(2);
const PAST: Duration = Duration::from_hours(14 * 24);

/// An event to store.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Event {
    /// In milliseconds.
    pub(crate) timestamp: i64,
    pub(crate) message: String,
}

/// Which events of a batch were not stored, although the answer is a 200.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Rejected {
    /// The first event that is too new.
    #[serde(rename = "tooNewLogEventStartIndex", skip_serializing_if = "Option::is_none")]
    too_new_from: Option<usize>,
    /// The event after the last that is older than two weeks.
    #[serde(rename = "tooOldLogEventEndIndex", skip_serializing_if = "Option::is_none")]
    too_old_until: Option<usize>,
    /// The event after the last that is older than the retention of its group.
    #[serde(rename = "expiredLogEventEndIndex", skip_serializing_if = "Option::is_none")]
    expired_until: Option<usize>,
}

/// The events to store, and those that are rejected; or why the whole batch is.
pub(crate) fn check(
    events: &[Event],
    now: Timestamp,
    retention: Duration,
) -> Result<(Range<usize>, Option<Rejected>), String> {
    let count = events.len();
    if count == 0 || count > MAXIMUM_EVENTS {
        return Err(format!("logEvents has {count} events, and must have 1 to {MAXIMUM_EVENTS}."));
    }
    if events.iter().any(|event| event.message.is_empty() || event.timestamp < 0) {
        return Err("Each event needs a message and a timestamp of 0 or more.".to_owned());
    }
    let bytes: usize = events.iter().map(|event| event.message.len() + OVERHEAD).sum();
    if bytes > MAXIMUM_BYTES {
        return Err(format!("Upload too large: {bytes} bytes exceeds limit of {MAXIMUM_BYTES}"));
    }
    if !events.is_sorted_by_key(|event| event.timestamp) {
        let message = "Log events in a single PutLogEvents request must be in chronological order.";
        return Err(message.to_owned());
    }
    let before =
        |instant: Timestamp| events.partition_point(|event| event.timestamp < instant.millis());
    let (old, expired) = (before(now.minus(PAST)), before(now.minus(retention)));
    let new = events.partition_point(|event| event.timestamp <= now.plus(FUTURE).millis());
    let good = old.max(expired).min(new)..new;
    if let [first, .., last] = &events[good.clone()]
        && last.timestamp - first.timestamp > MAXIMUM_SPAN
    {
        let message = "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.";
        return Err(message.to_owned());
    }
    let rejected = Rejected {
        too_new_from: (new < count).then_some(new),
        too_old_until: (old > 0).then_some(old),
        expired_until: (expired > old).then_some(expired),
    };
    Ok((good, (rejected != Rejected::default()).then_some(rejected)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = MAXIMUM_SPAN;
    const NOW: Timestamp = Timestamp::from_millis(100 * DAY);

    fn checked(days: &[i64]) -> Result<(Range<usize>, Option<Rejected>), String> {
        checked_within(days, 90)
    }

    fn checked_within(
        days: &[i64],
        days_stored: u64,
    ) -> Result<(Range<usize>, Option<Rejected>), String> {
        let event = |day: &i64| Event { timestamp: NOW.millis() + day * DAY, message: "a".into() };
        let events: Vec<_> = days.iter().map(event).collect();
        check(&events, NOW, Duration::from_hours(24 * days_stored))
    }

    #[test]
    fn events_out_of_time_are_rejected_and_the_others_stored() {
        assert_eq!(checked(&[-1, 0]).unwrap(), (0..2, None));
        let (good, rejected) = checked(&[-20, -15, -1, 0, 1]).unwrap();
        assert_eq!(good, 2..4);
        let rejected = serde_json::to_value(rejected).unwrap();
        let expected =
            serde_json::json!({"tooOldLogEventEndIndex": 2, "tooNewLogEventStartIndex": 4});
        assert_eq!(rejected, expected);
        let (good, rejected) = checked_within(&[-20, -8, 0], 7).unwrap();
        assert_eq!(good, 2..3);
        let rejected = serde_json::to_value(rejected).unwrap();
        let expected =
            serde_json::json!({"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 2});
        assert_eq!(rejected, expected);
        assert_eq!(checked(&[1]).unwrap().0, 0..0);
        assert_eq!(checked(&[-20]).unwrap().0, 1..1);
    }

    #[test]
    fn a_batch_has_bounds_and_is_in_order() {
        let refused = |events: &[Event]| check(events, NOW, Duration::from_hours(24)).unwrap_err();
        let event = |message: &str| Event { timestamp: NOW.millis(), message: message.to_owned() };
        assert!(refused(&[]).contains("has 0 events"));
        assert!(refused(&vec![event("a"); MAXIMUM_EVENTS + 1]).contains("10001 events"));
        assert!(refused(&[event("")]).contains("needs a message"));
        let long = event(&"a".repeat(MAXIMUM_BYTES - OVERHEAD + 1));
        assert!(refused(&[long]).contains("exceeds limit"));
        let longest = event(&"a".repeat(MAXIMUM_BYTES - OVERHEAD));
        assert!(check(&[longest], NOW, Duration::from_hours(24)).is_ok());
        assert!(checked(&[0, -1]).unwrap_err().contains("chronological"));
        assert!(checked(&[-2, 0]).unwrap_err().contains("24 hours"));
        // Rejected events count for nothing.
        assert!(checked(&[-20, 0]).is_ok());
    }
}
