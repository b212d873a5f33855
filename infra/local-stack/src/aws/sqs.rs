//! SQS: `GetQueueAttributes` of the queue of dead letters.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::json;
use crate::stream::DeadLetters;
use crate::template::arn::{ACCOUNT, REGION};

/// The address of a queue. Its path names the queue; calls go to the endpoint.
pub(crate) fn url(name: &str) -> String {
    format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}")
}

/// All dead letters are in one queue: the template has no other.
pub(super) async fn answer(
    State(letters): State<Arc<DeadLetters>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    match (json::operation(&headers), body["QueueUrl"].as_str()) {
        ("GetQueueAttributes", Some(_)) => {
            let count = letters.newest_first().await.len().to_string();
            json::answer(json!({ "Attributes": { "ApproximateNumberOfMessages": count } }))
        }
        ("GetQueueAttributes", None) => {
            let message = "QueueUrl is missing.";
            json::error(StatusCode::BAD_REQUEST, "MissingParameter", message)
        }
        _ => json::unknown("GetQueueAttributes"),
    }
}
