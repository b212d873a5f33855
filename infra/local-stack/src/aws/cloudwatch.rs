//! CloudWatch: `GetMetricData`. The one metric of AWS that this stack has is the age of a stream's records.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::json;
use crate::stream::Mappings;

pub(super) async fn answer(
    State(mappings): State<Arc<Mappings>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if json::operation(&headers) != "GetMetricData" {
        return json::unknown("GetMetricData");
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let queries = body["MetricDataQueries"].as_array().into_iter().flatten();
    let results: Vec<_> = queries.map(|query| result(&mappings, query)).collect();
    json::answer(json!({ "MetricDataResults": results }))
}

fn result(mappings: &Mappings, query: &Value) -> Value {
    let metric = &query["MetricStat"]["Metric"];
    let named = |value: &Value, name: &str| value["Name"] == name;
    let dimensions = metric["Dimensions"].as_array().into_iter().flatten();
    let function = dimensions.into_iter().find(|it| named(it, "FunctionName"));
    let function = function.and_then(|it| it["Value"].as_str()).unwrap_or_default();
    let is_age = metric["Namespace"] == "AWS/Lambda" && metric["MetricName"] == "IteratorAge";
    let newest = mappings.age(function).filter(|_| is_age);
    let (times, values): (Vec<_>, Vec<_>) =
        newest.into_iter().map(|(at, age)| (at.seconds(), age)).unzip();
    json!({ "Id": query["Id"], "Timestamps": times, "Values": values, "StatusCode": "Complete" })
}
