//! The port of DynamoDB: behind the guard, and each call with the rights of its caller.

use std::future::IntoFuture;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Response, header};
use dynoxide::Database;
use serde_json::Value;
use tokio::net::TcpListener;

use super::answer::Answer;
use super::embedded;
use crate::guard::{self, Hosts};
use crate::iam::calls::dynamodb::requests;
use crate::iam::{Permissions, Refusal, caller};

/// The largest request that DynamoDB accepts.
const MAXIMUM_BODY: usize = 16 * 1024 * 1024;
/// The start of a table's operation, and of a stream's.
const TARGETS: [&str; 2] = ["DynamoDB_20120810.", "DynamoDBStreams_20120810."];

/// What answers the calls.
pub(super) enum Backend {
    Embedded(Database),
    /// A server, and the header that it wants.
    Remote { http: reqwest::Client, url: String, pass: Option<(&'static str, String)> },
}

struct Port {
    backend: Backend,
    permissions: Arc<Permissions>,
}

/// Serves until the runtime ends.
pub(super) fn serve(listener: TcpListener, backend: Backend, permissions: Arc<Permissions>) {
    let port = Arc::new(Port { backend, permissions });
    let router = Router::new()
        .fallback(answer)
        .layer(DefaultBodyLimit::max(MAXIMUM_BODY))
        .with_state(port);
    let server = axum::serve(listener, guard::guarded(router, Hosts::Loopback));
    drop(tokio::spawn(server.into_future()));
}

async fn answer(State(port): State<Arc<Port>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    match (&parts.method, parts.uri.path()) {
        // Tools ask whether it is up.
        (&Method::GET, "/") => Response::new(Body::from("healthy")),
        (&Method::POST, "/") => match to_bytes(body, MAXIMUM_BODY).await {
            Ok(body) => port.call(&parts, body).await,
            Err(_) => Answer::error("SerializationException", "the body can't be read").into_response(),
        },
        _ => Answer::new(404, String::new()).into_response(),
    }
}

impl Port {
    async fn call(&self, parts: &Parts, body: Bytes) -> Response<Body> {
        let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let operation = target.and_then(|target| {
            TARGETS.iter().find_map(|start| target.strip_prefix(start))
        });
        let Some(operation) = operation else {
            let what = "x-amz-target doesn't name an operation of DynamoDB";
            return Answer::error("UnknownOperationException", what).into_response();
        };
        let Ok(json) = serde_json::from_slice::<Value>(&body) else {
            return Answer::error("SerializationException", "the body is not JSON").into_response();
        };
        if let Err(answer) = self.check(parts, operation, &json) {
            return answer.into_response();
        }
        match &self.backend {
            Backend::Embedded(database) => {
                embedded::call(database, operation, &body).into_response()
            }
            Backend::Remote { http, url, pass } => {
                let request = http.post(url).headers(forwarded(&parts.headers)).body(body);
                let request = match pass {
                    Some((name, value)) => request.header(*name, value),
                    None => request,
                };
                passed_on(request).await.unwrap_or_else(|error| {
                    Answer::error("InternalServerError", &format!("{error:#}")).into_response()
                })
            }
        }
    }

    fn check(&self, parts: &Parts, operation: &str, body: &Value) -> Result<(), Answer> {
        let missing = || Answer::error("MissingAuthenticationTokenException", "Request must contain a signature");
        let key = caller::access_key(parts).ok_or_else(missing)?;
        self.permissions.authorize(&key, &requests(operation, body)).map_err(|refusal| match refusal {
            Refusal::UnknownKey => Answer::error("UnrecognizedClientException", UNKNOWN_KEY),
            Refusal::Denied(message) => Answer::error("AccessDeniedException", &message),
        })
    }
}

const UNKNOWN_KEY: &str = "The security token included in the request is invalid.";

/// All headers but those of the connection.
fn forwarded(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in [header::HOST, header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
        headers.remove(name);
    }
    headers
}

async fn passed_on(request: reqwest::RequestBuilder) -> Result<Response<Body>> {
    let answer = request.send().await.context("the database gave no answer")?;
    let (status, headers) = (answer.status(), forwarded(answer.headers()));
    let body = answer.bytes().await.context("the database's answer broke off")?;
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}
