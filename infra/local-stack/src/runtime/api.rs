//! The Lambda Runtime API. Each instance has its own path:
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use uuid::Uuid;

use super::mailbox::Mailboxes;
use super::{Outcome, Runtime};
use crate::clock;
use crate::template::arn;
use crate::trace;

/// The prefix of the instances' paths on the console's port.
const PREFIX: &str = "/runtime";
/// The largest answer that Lambda accepts.
const MAXIMUM_RESPONSE: usize = 6 * 1024 * 1024;

/// The path of `AWS_LAMBDA_RUNTIME_API` for an instance.
pub(super) fn path(function: &str, instance: Uuid) -> String {
    format!("{PREFIX}/{function}/{instance}")
}

pub(crate) fn router(runtime: &Runtime) -> Router {
    let of_instance =
        |path: &str| format!("{PREFIX}/{{function}}/{{instance}}/2018-06-01/runtime/{path}");
    Router::new()
        .route(&of_instance("invocation/next"), get(next))
        .route(&of_instance("invocation/{id}/response"), post(response))
        .route(&of_instance("invocation/{id}/error"), post(error))
        .route(&of_instance("init/error"), post(init_error))
        .layer(DefaultBodyLimit::max(MAXIMUM_RESPONSE + 1))
        .with_state(Arc::clone(&runtime.mailboxes))
}

async fn next(
    State(mailboxes): State<Arc<Mailboxes>>,
    Path((function, instance)): Path<(String, Uuid)>,
) -> Response {
    let Some(mailbox) = mailboxes.of(instance).await else { return gone() };
    let Some(event) = mailbox.next().await else { return gone() };
    let deadline = clock::now().plus(event.timeout).millis();
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", event.id.to_string()),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        ("lambda-runtime-invoked-function-arn", arn::function(&function)),
        ("lambda-runtime-trace-id", trace::id()),
    ];
    (headers, Body::from(event.payload)).into_response()
}

async fn response(
    State(mailboxes): State<Arc<Mailboxes>>,
    Path((_, instance, id)): Path<(String, Uuid, Uuid)>,
    body: Bytes,
) -> Response {
    let outcome = if body.len() > MAXIMUM_RESPONSE {
        super::failure(
            "Function.ResponseSizeTooLarge",
            "Response payload size exceeded maximum allowed payload size",
        )
    } else {
        Outcome::Answered(body)
    };
    finish(&mailboxes, instance, id, outcome).await
}

async fn error(
    State(mailboxes): State<Arc<Mailboxes>>,
    Path((_, instance, id)): Path<(String, Uuid, Uuid)>,
    body: Bytes,
) -> Response {
    finish(&mailboxes, instance, id, Outcome::Failed(body)).await
}

async fn finish(mailboxes: &Mailboxes, instance: Uuid, id: Uuid, outcome: Outcome) -> Response {
    match mailboxes.of(instance).await {
        Some(mailbox) if mailbox.finish(id, outcome).await => accepted(),
        _ => gone(),
    }
}

/// The instance exits after this request, which ends the call that waits for it.
async fn init_error() -> Response {
    accepted()
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, r#"{"status":"OK"}"#).into_response()
}

/// The call timed out, or its instance was ended.
fn gone() -> Response {
    let body = r#"{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}"#;
    (StatusCode::BAD_REQUEST, body).into_response()
}
