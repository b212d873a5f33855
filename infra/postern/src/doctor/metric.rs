//! Metrics of CloudWatch.

use std::time::Duration;

use domain::time::Timestamp;
use runtime::clock;
use runtime::service::{Client, Service};
use serde_json::json;

use crate::operator::Operator;

/// One metric.
pub(super) struct Metric<'m> {
    pub(super) namespace: &'m str,
    pub(super) name: &'m str,
    pub(super) dimension: Option<(&'m str, &'m str)>,
}

/// A value of a metric.
pub(super) struct Reading {
    pub(super) at: Timestamp,
    pub(super) value: f64,
}

/// The span that one value stands for, in seconds.
const PERIOD: u32 = 300;

/// The newest maximum of five minutes in this span before now; `None` without one.
pub(super) async fn newest(
    operator: &Operator,
    metric: &Metric<'_>,
    span: Duration,
) -> anyhow::Result<Option<Reading>> {
    let dimensions: Vec<_> = metric
        .dimension
        .iter()
        .map(|(name, value)| json!({ "Name": name, "Value": value }))
        .collect();
    let end = clock::now();
    let start = end.minus(span);
    let query = json!({
        "Id": "newest",
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions,
            },
            "Period": PERIOD,
            "Stat": "Maximum",
        },
    });
    let body = json!({
        "MetricDataQueries": [query], "ScanBy": "TimestampDescending",
        "StartTime": start.seconds(), "EndTime": end.seconds(),
    });
    let answer =
        Client::new(&operator.aws, Service::CloudWatch).call("GetMetricData", &body).await?;
    let found = &answer["MetricDataResults"][0];
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds of this millennium")]
    let at = found["Timestamps"][0].as_f64().map(|seconds| Timestamp::from_seconds(seconds as i64));
    Ok(at.zip(found["Values"][0].as_f64()).map(|(at, value)| Reading { at, value }))
}
