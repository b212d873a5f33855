//! The port of DynamoDB: behind the guard, and each call with the rights of its caller.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Request, Response, header};
use dynoxide::Database;
use serde_json::Value;
use tokio::net::TcpListener;

use super::answer::Answer;
use super::embedded;
use crate::connection::{self, Lost};
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
    Remote {
        http: reqwest::Client,
        url: String,
        pass: Option<(&'static str, String)>,
    },
}

struct Port {
    backend: Backend,
    permissions: Arc<Permissions>,
}

/// Serves until the runtime ends.
pub(super) fn serve(listener: TcpListener, backend: Backend, permissions: Arc<Permissions>) {
    let port = Arc::new(Port { backend, permissions });
    let answer = move |request, _| {
        let port = Arc::clone(&port);
        async move { port.answer(request).await }
    };
    drop(tokio::spawn(connection::serve(listener, answer)));
}

impl Port {
    async fn answer(&self, request: Request<Body>) -> Result<Response<Body>, Lost> {
        if let Err(refusal) = guard::check(request.headers(), &Hosts::Loopback) {
            return Ok(refusal.response());
        }
        let (parts, body) = request.into_parts();
        match (&parts.method, parts.uri.path()) {
            // Tools ask whether it is up.
            (&Method::GET, "/") => Ok(Response::new(Body::from("healthy"))),
            (&Method::POST, "/") => match to_bytes(body, MAXIMUM_BODY).await {
                Ok(body) => self.call(&parts, body).await,
                Err(_) => Ok(malformed("the body can't be read").into_response()),
            },
            _ => Ok(Answer::new(404, String::new()).into_response()),
        }
    }

    async fn call(&self, parts: &Parts, body: Bytes) -> Result<Response<Body>, Lost> {
        let (operation, json) = match read(parts, &body) {
            Ok(read) => read,
            Err(answer) => return Ok(answer.into_response()),
        };
        if let Err(answer) = self.check(parts, operation, &json) {
            return Ok(answer.into_response());
        }
        match &self.backend {
            Backend::Embedded(database) => {
                Ok(embedded::call(database, operation, &body).into_response())
            }
            Backend::Remote { http, url, pass } => {
                let request = http.post(url).headers(forwarded(&parts.headers)).body(body);
                let request = match pass {
                    Some((name, value)) => request.header(*name, value),
                    None => request,
                };
                // Who calls sees what the database does: no answer, if it gave none.
                passed_on(request).await.map_err(|_| Lost)
            }
        }
    }

    fn check(&self, parts: &Parts, operation: &str, body: &Value) -> Result<(), Answer> {
        let missing = || {
            Answer::error("MissingAuthenticationTokenException", "Request must contain a signature")
        };
        let key = caller::access_key(parts).ok_or_else(missing)?;
        self.permissions.authorize(&key, &requests(operation, body)).map_err(
            |refusal| match refusal {
                Refusal::UnknownKey => Answer::error("UnrecognizedClientException", UNKNOWN_KEY),
                Refusal::Denied(message) => Answer::error("AccessDeniedException", &message),
            },
        )
    }
}

/// The operation of a call, and its JSON.
fn read<'p>(parts: &'p Parts, body: &[u8]) -> Result<(&'p str, Value), Answer> {
    let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation =
        target.and_then(|target| TARGETS.iter().find_map(|start| target.strip_prefix(start)));
    let unknown = "x-amz-target doesn't name an operation of DynamoDB";
    let operation = operation.ok_or_else(|| Answer::error("UnknownOperationException", unknown))?;
    let json = serde_json::from_slice(body).map_err(|_| malformed("the body is not JSON"))?;
    Ok((operation, json))
}

fn malformed(what: &str) -> Answer {
    Answer::error("SerializationException", what)
}

const UNKNOWN_KEY: &str = "The security token included in the request is invalid.";

/// All headers but those of the connection.
fn forwarded(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in
        [header::HOST, header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING]
    {
        headers.remove(name);
    }
    headers
}

async fn passed_on(request: reqwest::RequestBuilder) -> reqwest::Result<Response<Body>> {
    let answer = request.send().await?;
    let (status, headers) = (answer.status(), forwarded(answer.headers()));
    let body = answer.bytes().await?;
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}
