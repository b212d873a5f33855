//! The search of a log group for the lines of one request.

use std::time::Duration;

use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::service::{Client, Service};
use serde_json::{Value, json};

use crate::output::note;

/// How long before its first line a request can have another: it takes a few seconds.
const BEFORE: Duration = Duration::from_mins(1);
/// How long after it: a code is delivered until it expires.
const AFTER: Duration = Duration::from_mins(6);
/// After so many pages without a line, the operator is told that the search goes on.
const SILENT_PAGES: usize = 25;

/// A search for a request by its id, as functions or as API Gateway has it.
pub(super) struct Search<'a> {
    client: Client,
    group: &'a str,
    stack: &'a str,
    pattern: String,
}

/// A line that was found, and when it was logged.
pub(super) struct Line {
    pub(super) at: Timestamp,
    pub(super) line: Value,
}

impl<'a> Search<'a> {
    pub(super) fn new(aws: &Aws, group: &'a str, stack: &'a str, id: &str) -> Self {
        let names = ["requestId", "gatewayRequestId", "authorRequestId", "causedBy"];
        let clauses = names.map(|name| format!(r#"($.{name} = "{id}")"#));
        let pattern = format!("{{ {} }}", clauses.join(" || "));
        Self { client: Client::new(aws, Service::Logs), group, stack, pattern }
    }

    /// All lines, the oldest first. CloudWatch Logs reads the whole window, so once one is found, only its
    /// surroundings are read.
    pub(super) async fn lines(&self, from: Timestamp, to: Timestamp) -> anyhow::Result<Vec<Line>> {
        let Some(first) = self.pages(from, to, true).await?.first().map(|line| line.at) else {
            return Ok(Vec::new());
        };
        self.pages(first.minus(BEFORE), first.plus(AFTER), false).await
    }

    /// A page may be empty although more follow.
    async fn pages(
        &self,
        from: Timestamp,
        to: Timestamp,
        until_found: bool,
    ) -> anyhow::Result<Vec<Line>> {
        let mut body = json!({
            "logGroupName": self.group,
            "filterPattern": self.pattern,
            "startTime": from.millis(),
            "endTime": to.millis(),
        });
        let mut lines = Vec::new();
        for number in 1.. {
            let page = self.client.call("FilterLogEvents", &body).await;
            let mut page =
                page.map_err(|error| error.context(format!("log group {}", self.group)))?;
            lines.extend(
                page["events"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|event| line(event, self.stack)),
            );
            let next = page["nextToken"].take();
            if next.is_null() || (until_found && !lines.is_empty()) {
                break;
            }
            if number % SILENT_PAGES == 0 {
                note(format!(
                    "{number} pages of the log searched; a shorter --since takes less time"
                ));
            }
            body["nextToken"] = next;
        }
        Ok(lines)
    }
}

/// A line of the stream of the function that it names. A function may write its own streams alone, so another's line
/// says nothing of it.
fn line(event: &Value, stack: &str) -> Option<Line> {
    let at = Timestamp::from_millis(event["timestamp"].as_i64()?);
    let line: Value = serde_json::from_str(event["message"].as_str()?).ok()?;
    let (stream, function) = (event["logStreamName"].as_str()?, line["function"].as_str()?);
    if is_of(stream, stack, function) {
        return Some(Line { at, line });
    }
    note(format!("left out: a line in {stream} that says it is of {function}"));
    None
}

/// Whether a stream, `YYYY/MM/DD/<stack>-<id>…[<version>]<instance>`, is of the function of this name: its id in the
/// template is the name in another spelling. A function may choose what follows its own name.
fn is_of(stream: &str, stack: &str, function: &str) -> bool {
    let words = function.split('-').filter_map(|word| word.split_at_checked(1));
    let id: String = words.map(|(first, rest)| first.to_uppercase() + rest).collect();
    let name = stream.splitn(4, '/').nth(3).and_then(|rest| rest.split('[').next());
    let rest = name.and_then(|name| name.strip_prefix(&format!("{stack}-{id}Function")));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_of_the_function_that_its_name_names() {
        for (stream, function, expected) in [
            ("2026/11/27/my-stack-PortalMeFunction[$LATEST]0a", "portal-me", true),
            (
                "2026/11/27/my-stack-PortalMeFunction-PortalLogoutFunction[1]x",
                "portal-logout",
                false,
            ),
            ("2026/11/27/postern-PortalMeFunction[$LATEST]0a", "portal-me", false),
            ("2026/11/27/my-stack-PortalSendOtpFunction-1A2b3C[7]0a", "portal-send-otp", true),
            ("2026/11/27/my-stack-PortalMeFunction[$LATEST]0a", "portal-send-otp", false),
            (
                "2026/11/27/my-stack-PortalMeFunction[1]-PortalSendOtpFunction",
                "portal-send-otp",
                false,
            ),
            ("my-stack-PortalMeFunction", "portal-me", false),
            ("2026/11/27/my-stack-PortalMeFunction[1]a", "", false),
            ("", "ü", false),
        ] {
            assert_eq!(is_of(stream, "my-stack", function), expected, "{stream} {function}");
        }
    }

    #[test]
    fn only_a_functions_own_line_counts() {
        let event = |function: &str| {
            json!({
                "timestamp": 1, "logStreamName": "2026/11/27/my-stack-PortalMeFunction[1]a",
                "message": json!({"function": function}).to_string(),
            })
        };
        assert!(line(&event("portal-me"), "my-stack").is_some());
        assert!(line(&event("portal-logout"), "my-stack").is_none());
        assert!(line(&json!({"timestamp": 1, "message": "{}"}), "my-stack").is_none());
    }
}
