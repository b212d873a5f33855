//! CloudWatch Logs: `DescribeLogGroups` of the template's log groups.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::json;
use crate::template::LogGroup;

pub(super) async fn answer(
    State(groups): State<Arc<Vec<LogGroup>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if json::operation(&headers) != "DescribeLogGroups" {
        return json::unknown("DescribeLogGroups");
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let prefix = body["logGroupNamePrefix"].as_str().unwrap_or_default();
    let found = groups.iter().filter(|group| group.name.starts_with(prefix));
    let found: Vec<_> = found
        .map(|it| json!({ "logGroupName": it.name, "retentionInDays": it.retention_days }))
        .collect();
    json::answer(json!({ "logGroups": found }))
}
