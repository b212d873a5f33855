//! AWS's JSON protocols, which SQS, CloudWatch, Logs and Lambda use.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// The operation that a request names.
pub(super) fn operation(headers: &HeaderMap) -> &str {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    target.and_then(|target| target.rsplit('.').next()).unwrap_or_default()
}

pub(super) fn answer(body: Value) -> Response {
    Json(body).into_response()
}

/// An error with AWS's error code.
pub(super) fn error(status: StatusCode, code: &'static str, message: &str) -> Response {
    let body = Json(json!({ "__type": code, "message": message }));
    (status, [("x-amzn-errortype", code)], body).into_response()
}

/// The answer to an operation that is not one of these.
pub(super) fn unknown(supported: &str) -> Response {
    let message = format!("The local stack supports only {supported}.");
    error(StatusCode::BAD_REQUEST, "UnknownOperationException", &message)
}
