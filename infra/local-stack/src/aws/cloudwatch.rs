//! CloudWatch: `GetMetricData`. This stack has the metrics that functions write into their log, in the
//! Embedded Metric Format, and of AWS's own the age of a stream's records.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::json;
use crate::logs::{Logs, MAXIMUM_EVENTS, Pattern, Query, Streams};
use crate::stream::Mappings;

/// Where metrics come from.
pub(super) struct Metrics {
    pub(super) mappings: Arc<Mappings>,
    pub(super) logs: Arc<Logs>,
}

pub(super) async fn answer(
    State(metrics): State<Arc<Metrics>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if json::operation(&headers) != "GetMetricData" {
        return json::unknown("GetMetricData");
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let span = (seconds(&body["StartTime"]), seconds(&body["EndTime"]));
    let counted = metrics.counted(span);
    let queries = body["MetricDataQueries"].as_array().into_iter().flatten();
    let results: Vec<_> = queries.map(|query| metrics.result(query, &counted)).collect();
    json::answer(json!({ "MetricDataResults": results }))
}

fn seconds(time: &Value) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "instants of this millennium")]
    time.as_f64().map(|seconds| seconds as i64).unwrap_or_default()
}

/// Seconds since the epoch, and a line with metrics.
type Line = (i64, Value);

impl Metrics {
    /// The lines of a span that have metrics.
    fn counted(&self, (start, end): (i64, i64)) -> Vec<Line> {
        let mut counted = Vec::new();
        for group in self.logs.groups() {
            let mut after = None;
            loop {
                let query = Query {
                    streams: Streams::All,
                    from: start * 1000,
                    // The end is not part of the span.
                    to: end * 1000 - 1,
                    pattern: Pattern::parse("CloudWatchMetrics").unwrap_or(Pattern::All),
                    limit: MAXIMUM_EVENTS,
                    after,
                };
                let Ok(page) = self.logs.filter(&group.name, &query) else { break };
                counted.extend(page.events.iter().filter_map(|event| {
                    Some((event.timestamp / 1000, serde_json::from_str(&event.message).ok()?))
                }));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        counted
    }

    fn result(&self, query: &Value, counted: &[Line]) -> Value {
        let stat = &query["MetricStat"];
        let metric = &stat["Metric"];
        let dimensions = dimensions(metric);
        let found: BTreeMap<i64, f64> = match metric["Namespace"].as_str() {
            Some("AWS/Lambda") if metric["MetricName"] == "IteratorAge" => {
                let function = dimensions.iter().find(|(name, _)| name == "FunctionName");
                let age = function.and_then(|(_, function)| self.mappings.age(function));
                #[expect(clippy::cast_precision_loss, reason = "milliseconds of a day are exact")]
                age.into_iter().map(|(at, age)| (at.seconds(), age as f64)).collect()
            }
            // Of the statistics, sums alone.
            Some(namespace) if stat["Stat"] == "Sum" => {
                let period = stat["Period"].as_i64().unwrap_or(60).max(1);
                let mut sums = BTreeMap::new();
                for (at, line) in counted {
                    if let Some(value) = value(line, namespace, metric, &dimensions) {
                        *sums.entry(at - at % period).or_default() += value;
                    }
                }
                sums
            }
            _ => BTreeMap::new(),
        };
        // The newest first, as CloudWatch answers.
        let (times, values): (Vec<_>, Vec<_>) = found.into_iter().rev().unzip();
        json!({ "Id": query["Id"], "Timestamps": times, "Values": values, "StatusCode": "Complete" })
    }
}

fn dimensions(metric: &Value) -> BTreeSet<(String, String)> {
    let all = metric["Dimensions"].as_array().into_iter().flatten();
    all.filter_map(|it| Some((it["Name"].as_str()?.to_owned(), it["Value"].as_str()?.to_owned())))
        .collect()
}

/// What a line adds to a metric with exactly these dimensions.
fn value(
    line: &Value,
    namespace: &str,
    metric: &Value,
    dimensions: &BTreeSet<(String, String)>,
) -> Option<f64> {
    let name = metric["MetricName"].as_str()?;
    let has = |directive: &&Value| {
        let all = |field: &str| directive[field].as_array().into_iter().flatten();
        let has_dimensions = all("Dimensions").any(|set| {
            let set = set.as_array().into_iter().flatten();
            let named = set.filter_map(|it| {
                let name = it.as_str()?;
                Some((name.to_owned(), line[name].as_str()?.to_owned()))
            });
            named.collect::<BTreeSet<_>>() == *dimensions
        });
        directive["Namespace"] == namespace
            && all("Metrics").any(|it| it["Name"] == name)
            && has_dimensions
    };
    line["_aws"]["CloudWatchMetrics"].as_array()?.iter().find(has)?;
    line[name].as_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_counts_for_its_own_dimensions_alone() {
        let line = json!({
            "CodeSent": 1, "channel": "SMS", "stack": "postern",
            "_aws": { "CloudWatchMetrics": [{
                "Namespace": "Postern", "Metrics": [{ "Name": "CodeSent" }],
                "Dimensions": [["stack", "channel"], ["stack"]],
            }] },
        });
        let of = |name: &str, dimensions: &[(&str, &str)]| {
            let dimensions: Vec<_> = dimensions
                .iter()
                .map(|(name, value)| json!({ "Name": name, "Value": value }))
                .collect();
            let metric = json!({ "MetricName": name, "Dimensions": dimensions });
            value(&line, "Postern", &metric, &super::dimensions(&metric))
        };
        assert_eq!(of("CodeSent", &[("stack", "postern")]), Some(1.0));
        assert_eq!(of("CodeSent", &[("channel", "SMS"), ("stack", "postern")]), Some(1.0));
        assert_eq!(of("CodeSent", &[("channel", "EMAIL"), ("stack", "postern")]), None);
        assert_eq!(of("CodeSent", &[]), None);
        assert_eq!(of("CodeAccepted", &[("stack", "postern")]), None);
    }
}
