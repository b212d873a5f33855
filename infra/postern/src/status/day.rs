//! What the functions counted in the last 24 hours.

use std::time::Duration;

use domain::time::Timestamp;
use runtime::service::{Client, Service};
use serde::Serialize;
use serde_json::{Value, json};

use crate::failure::Result;
use crate::operator::Operator;

const SPAN: Duration = Duration::from_hours(24);
/// CloudWatch begins a period at a multiple of it, so that a whole day would be two parts.
const PERIOD: u32 = 3600;

/// Metrics of the whole stack, in the order of the fields.
const METRICS: [&str; 7] = [
    "CodeSent",
    "CodeAccepted",
    "CodeRefused",
    "PasswordAccepted",
    "PasswordRefused",
    "RefreshReused",
    "ServerError",
];

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Day {
    codes_sent: u64,
    codes_accepted: u64,
    codes_refused: u64,
    passwords_accepted: u64,
    passwords_refused: u64,
    /// Refreshes of families that had ended.
    refreshes_reused: u64,
    server_errors: u64,
}

impl Day {
    pub(super) async fn read(operator: &Operator, now: Timestamp) -> Result<Self> {
        let stack = operator.variable("STACK")?;
        let query = |(nth, name): (usize, &&str)| {
            let dimensions = json!([{ "Name": "stack", "Value": stack }]);
            let metric =
                json!({ "Namespace": "Postern", "MetricName": name, "Dimensions": dimensions });
            json!({
                "Id": format!("m{nth}"),
                "MetricStat": { "Metric": metric, "Period": PERIOD, "Stat": "Sum" },
            })
        };
        let mut body = json!({
            "MetricDataQueries": METRICS.iter().enumerate().map(query).collect::<Vec<_>>(),
            "StartTime": now.minus(SPAN).seconds(), "EndTime": now.seconds(),
        });
        let client = Client::new(&operator.aws, Service::CloudWatch);
        let mut sums = [0; METRICS.len()];
        loop {
            let page = client.call("GetMetricData", &body).await?;
            add(&mut sums, &page["MetricDataResults"]);
            match &page["NextToken"] {
                Value::String(next) => body["NextToken"] = next.clone().into(),
                _ => return Ok(Self::of(sums)),
            }
        }
    }

    fn of(sums: [u64; METRICS.len()]) -> Self {
        let [sent, accepted, refused, passwords, wrong_passwords, replays, errors] = sums;
        Self {
            codes_sent: sent,
            codes_accepted: accepted,
            codes_refused: refused,
            passwords_accepted: passwords,
            passwords_refused: wrong_passwords,
            refreshes_reused: replays,
            server_errors: errors,
        }
    }

    pub(super) fn cells(&self) -> Vec<(&'static str, String)> {
        let pair = |accepted: u64, refused: u64| format!("{accepted}, {refused} refused");
        vec![
            ("codes sent, 24 h", self.codes_sent.to_string()),
            ("sign-ins by code", pair(self.codes_accepted, self.codes_refused)),
            ("by password", pair(self.passwords_accepted, self.passwords_refused)),
            ("refreshes reused", self.refreshes_reused.to_string()),
            ("server errors", self.server_errors.to_string()),
        ]
    }
}

/// Adds the values of a page to the sums of their metrics.
fn add(sums: &mut [u64], results: &Value) {
    for result in results.as_array().into_iter().flatten() {
        let nth = result["Id"].as_str().and_then(|id| id.strip_prefix('m')?.parse::<usize>().ok());
        let Some(sum) = nth.and_then(|nth| sums.get_mut(nth)) else { continue };
        let values = result["Values"].as_array().into_iter().flatten();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts, which CloudWatch returns as floating-point numbers"
        )]
        let counts = values.filter_map(Value::as_f64).map(|value| value as u64);
        *sum += counts.sum::<u64>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_hours_and_of_pages_are_added() {
        let mut sums = [0; METRICS.len()];
        add(
            &mut sums,
            &json!([{ "Id": "m0", "Values": [3.0, 4.0] }, { "Id": "m6", "Values": [] }]),
        );
        add(&mut sums, &json!([{ "Id": "m0", "Values": [1.0] }, { "Id": "m1", "Values": [2.0] }]));
        assert_eq!(sums, [8, 2, 0, 0, 0, 0, 0]);
    }
}
