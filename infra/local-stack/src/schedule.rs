//! Schedules: functions that are called once an hour.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::body::Bytes;
use domain::time::Timestamp;
use serde_json::json;

use crate::clock;
use crate::functions::Functions;

/// How often the clock is looked at: a developer may move it.
const LOOK: Duration = Duration::from_secs(1);

/// Calls a function at this minute of each hour. If the clock was moved over several hours, once: AWS's
/// schedules may be late, too.
pub(crate) async fn run(function: String, minute: u32, functions: Arc<Functions>) -> Result<()> {
    let mut last = slot(clock::now(), minute);
    loop {
        tokio::time::sleep(LOOK).await;
        let now = clock::now();
        if slot(now, minute) > last {
            last = slot(now, minute);
            let event =
                json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}});
            // A function that fails is called again in an hour.
            functions.invoke(&function, Bytes::from(event.to_string())).await.ok();
        }
    }
}

/// The number of the last hour in which this minute has come.
fn slot(now: Timestamp, minute: u32) -> i64 {
    (now.seconds() - i64::from(minute) * 60).div_euclid(3600)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_begins_at_its_minute() {
        let at = |hour: i64, minute: i64| Timestamp::from_seconds(hour * 3600 + minute * 60);
        assert_eq!(slot(at(7, 12), 12), slot(at(8, 11), 12));
        assert_eq!(slot(at(7, 12), 12) + 1, slot(at(8, 12), 12));
    }
}
