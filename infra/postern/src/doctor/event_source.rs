//! Event sources: whose they are, and how old the records are that their functions get.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

use super::Finding;
use super::metric::{Metric, newest};
use crate::failure::Result;
use crate::operator::Operator;

/// The function, by its id in the template.
const RECORDER: &str = "AuditRecordFunction";
const RECENT: Duration = Duration::from_mins(15);

/// Whether a mapping is one of the recorder's.
pub(super) fn is_recorder(mapping: &Value) -> bool {
    let arn = mapping["FunctionArn"].as_str().unwrap_or_default();
    arn.split(':').nth(6).is_some_and(|function| function.contains(RECORDER))
}

/// How old the records are that a mapping's function got, in milliseconds; `None` if it got none lately.
pub(super) async fn age(operator: &Operator, mapping: &Value) -> Result<Option<f64>> {
    let arn = mapping["FunctionArn"].as_str().unwrap_or_default();
    let function = arn.split(':').nth(6).context("GetEventSourceMapping: no function")?;
    let metric = Metric {
        namespace: "AWS/Lambda",
        name: "IteratorAge",
        dimension: Some(("FunctionName", function)),
    };
    Ok(newest(operator, &metric, RECENT).await?.map(|newest| newest.value))
}

/// The finding about an age.
pub(super) fn judged(age: Option<f64>, check: &str, limit: f64, remedy: &str) -> Finding {
    match age {
        None => Finding::good(check, "no records in a quarter of an hour"),
        Some(age) => Finding::judged(age <= limit, check, format!("{:.1} s", age / 1000.0), remedy),
    }
}
