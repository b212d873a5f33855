//! Lambda's Invoke API: `cargo lambda invoke`, the AWS CLI and tests call functions without a route.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::{Console, problem};
use crate::runtime::Outcome;
use crate::template::arn;

pub(super) async fn answer(
    State(console): State<Arc<Console>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let payload = if body.is_empty() { Bytes::from("{}") } else { body };
    if headers.get("x-amz-invocation-type").is_some_and(|kind| kind == "Event") {
        // Asynchronous: the outcome is dropped.
        drop(tokio::spawn(async move { console.functions.invoke(&name, payload).await.map(drop) }));
        return StatusCode::ACCEPTED.into_response();
    }
    match console.functions.invoke(&name, payload).await {
        Ok(Some(Outcome::Answered(answer))) => answered(answer, None),
        Ok(Some(Outcome::Failed(report))) => answered(report, Some("Unhandled")),
        Ok(None) => {
            let message = format!("Function not found: {}", arn::function(&name));
            let body = Json(json!({ "Type": "User", "Message": message }));
            (StatusCode::NOT_FOUND, [("x-amzn-errortype", "ResourceNotFoundException")], body)
                .into_response()
        }
        Err(error) => problem(StatusCode::BAD_GATEWAY, &format!("{error:#}")),
    }
}

fn answered(body: Bytes, function_error: Option<&'static str>) -> Response {
    let headers = [("content-type", "application/json"), ("x-amz-executed-version", "$LATEST")];
    let error = function_error.map(|kind| [("x-amz-function-error", kind)]);
    match error {
        Some(error) => (StatusCode::OK, headers, error, body).into_response(),
        None => (StatusCode::OK, headers, body).into_response(),
    }
}
