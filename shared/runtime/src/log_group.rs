//! A log group as a place for data: lines are written with an acknowledgement, and read by time.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, bail};
use domain::time::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::Aws;
use crate::outage::FailedCall;
use crate::service::{Client, Service};

/// What one call of `PutLogEvents` takes: events, and bytes, of which each event has 26 besides its own.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>
const MAX_EVENTS: usize = 10_000;
const MAX_BYTES: usize = 1_048_576;
const BYTES_OF_EVENT: usize = 26;

/// A log group.
#[derive(Clone, Debug)]
pub struct LogGroup {
    client: Client,
    name: String,
}

/// The lines of a time, of streams whose names begin alike.
#[derive(Clone, Debug)]
pub struct Query<'q> {
    pub streams: &'q str,
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after the time.
    pub until: Timestamp,
    /// CloudWatch's filter pattern; empty for all lines.
    pub pattern: &'q str,
}

/// A line, and when it was written.
#[derive(Clone, Debug, Deserialize)]
pub struct LogLine {
    #[serde(rename = "timestamp", deserialize_with = "instant")]
    pub at: Timestamp,
    #[serde(rename = "message")]
    pub text: String,
}

/// Some lines. A page may be empty, and not be the last.
pub struct LogPage {
    pub lines: Vec<LogLine>,
    pub next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filtered {
    #[serde(default)]
    events: Vec<LogLine>,
    next_token: Option<String>,
}

fn instant<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    i64::deserialize(deserializer).map(Timestamp::from_millis)
}

impl LogGroup {
    /// The group that this environment variable names.
    pub fn new(aws: &Aws, variable: &str) -> anyhow::Result<Self> {
        let name = aws.config().required(variable)?.to_owned();
        Ok(Self { client: Client::new(aws, Service::Logs), name })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// A page of lines, in the order of their times.
    pub async fn page(&self, query: &Query<'_>, next: Option<&str>) -> anyhow::Result<LogPage> {
        let mut call = json!({
            "logGroupName": self.name,
            "logStreamNamePrefix": query.streams,
            "startTime": query.from.millis(),
            // The last millisecond that counts.
            "endTime": query.until.millis() - 1,
        });
        if !query.pattern.is_empty() {
            call["filterPattern"] = query.pattern.into();
        }
        if let Some(next) = next {
            call["nextToken"] = next.into();
        }
        let answer = self.call("FilterLogEvents", &call).await?;
        let Filtered { events, next_token } =
            serde_json::from_value(answer).context("FilterLogEvents: an answer of another form")?;
        Ok(LogPage { lines: events, next: next_token })
    }

    async fn call(&self, action: &'static str, body: &Value) -> anyhow::Result<Value> {
        let answered = self.client.call(action, body).await;
        answered.with_context(|| format!("log group {}", self.name))
    }
}

/// A stream of a log group, which only this instance writes.
pub struct LogStream {
    group: LogGroup,
    name: String,
    exists: AtomicBool,
}

impl LogStream {
    /// It is created before the first line is written.
    pub fn new(group: LogGroup, name: String) -> Self {
        Self { group, name, exists: AtomicBool::new(false) }
    }

    /// Writes lines, all with the same time. When it returns without an error, all of them are stored.
    ///
    /// # Errors
    /// Some or all of the lines may have been stored, and may be stored again by the next try.
    pub async fn write(&self, lines: &[String], at: Timestamp) -> anyhow::Result<()> {
        if !self.exists.load(Ordering::Relaxed) {
            self.create().await?;
            self.exists.store(true, Ordering::Relaxed);
        }
        for batch in batches(lines) {
            let written = self.put(batch, at).await;
            // If somebody deleted the stream, the next try creates it again.
            written.inspect_err(|_| self.exists.store(false, Ordering::Relaxed))?;
        }
        Ok(())
    }

    async fn create(&self) -> anyhow::Result<()> {
        let call = json!({"logGroupName": self.group.name, "logStreamName": self.name});
        match self.group.call("CreateLogStream", &call).await {
            Err(error) if !is_there(&error) => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn put(&self, lines: &[String], at: Timestamp) -> anyhow::Result<()> {
        let event = |line: &String| json!({"timestamp": at.millis(), "message": line});
        let call = json!({
            "logGroupName": self.group.name,
            "logStreamName": self.name,
            "logEvents": lines.iter().map(event).collect::<Vec<_>>(),
        });
        let answer = self.group.call("PutLogEvents", &call).await?;
        // An answer of success, although lines are lost.
        match answer.get("rejectedLogEventsInfo").filter(|info| !info.is_null()) {
            Some(_) => bail!("PutLogEvents: lines were rejected because of their time"),
            None => Ok(()),
        }
    }
}

/// Whether the stream exists, because an earlier try created it.
fn is_there(error: &anyhow::Error) -> bool {
    let code = error.downcast_ref::<FailedCall>().map(|call| call.code.as_str());
    code == Some("ResourceAlreadyExistsException")
}

/// The lines in the pieces that one call takes.
fn batches(lines: &[String]) -> Vec<&[String]> {
    let (mut batches, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (at, line) in lines.iter().enumerate() {
        let own = line.len() + BYTES_OF_EVENT;
        if at > start && (at - start == MAX_EVENTS || bytes + own > MAX_BYTES) {
            batches.push(&lines[start..at]);
            (start, bytes) = (at, 0);
        }
        bytes += own;
    }
    if start < lines.len() {
        batches.push(&lines[start..]);
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_at_most_ten_thousand_lines_and_a_mebibyte() {
        let lines = |count, length| vec!["x".repeat(length); count];
        let sizes = |lines: &[String]| batches(lines).iter().map(|it| it.len()).collect::<Vec<_>>();
        assert_eq!(sizes(&[]), [0; 0]);
        assert_eq!(sizes(&lines(3, 10)), [3]);
        assert_eq!(sizes(&lines(20_001, 10)), [10_000, 10_000, 1]);
        // 1,048,576 bytes are four lines of 262,144 with what each needs besides.
        assert_eq!(sizes(&lines(9, 262_144 - 26)), [4, 4, 1]);
        assert_eq!(sizes(&lines(9, 262_144 - 25)), [3, 3, 3]);
    }
}
