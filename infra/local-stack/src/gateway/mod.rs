//! API Gateway's HTTP API: the template's routes, limits, and the gateway's own errors.

mod event;
mod reply;
mod routes;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Version, header};
use axum::{Router, serve};
use http_body_util::LengthLimitError;
use serde_json::json;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::clock;
use crate::functions::Functions;
use crate::output::Output;
use crate::runtime::Outcome;
use crate::template::Function;
use crate::trace;
use event::Arrival;
use routes::Routes;

/// The largest body that the gateway accepts.
const MAXIMUM_BODY: usize = 10 * 1024 * 1024;
/// The largest event that Lambda accepts.
const MAXIMUM_EVENT: usize = 6 * 1024 * 1024;
/// The largest size of request line and headers together.
const MAXIMUM_HEADERS: usize = 10 * 1024;

/// The HTTP API.
pub(crate) struct Gateway {
    functions: Arc<Functions>,
    output: Arc<Output>,
    routes: Routes,
}

impl Gateway {
    pub(crate) fn new(
        template: &[Function],
        functions: Arc<Functions>,
        output: Arc<Output>,
    ) -> Self {
        Self { functions, output, routes: Routes::of(template) }
    }

    /// Serves until the listener or the runtime ends.
    pub(crate) async fn serve(self, listener: TcpListener) -> Result<()> {
        let router = Router::new().fallback(answer).with_state(Arc::new(self));
        Ok(serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await?)
    }

    async fn pass_on(&self, request: Request, arrival: &Arrival) -> Response<Body> {
        let (parts, body) = request.into_parts();
        if !has_host(&parts) {
            return bad_request();
        }
        if size(&parts.headers) + parts.uri.to_string().len() > MAXIMUM_HEADERS {
            return refusal(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "Request Header Fields Too Large",
            );
        }
        let path = event::decoded_path(&parts);
        let Some(route) = self.routes.find(parts.method.as_str(), &path) else {
            return refusal(StatusCode::NOT_FOUND, "Not Found");
        };
        let body = match to_bytes(body, MAXIMUM_BODY).await {
            Ok(body) => body,
            Err(error) => {
                // Else the body ended before its length, or its chunks are malformed.
                let is_long = error.into_inner().is::<LengthLimitError>();
                return if is_long { too_large() } else { bad_request() };
            }
        };
        let event = event::event(&parts, &body, &route, arrival).to_string();
        if event.len() > MAXIMUM_EVENT {
            return too_large();
        }
        let answer = match self.functions.invoke(route.function, event.into()).await {
            Ok(Some(Outcome::Answered(answer))) => reply::response(&answer),
            Ok(Some(Outcome::Failed(_)) | None) => None,
            Err(error) => {
                self.output.line(&format!("{}: {error:#}", route.function));
                None
            }
        };
        answer
            .unwrap_or_else(|| refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"))
    }
}

async fn answer(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    let id = Uuid::new_v4().simple().to_string();
    let arrival = Arrival { id, trace: trace::id(), at: clock::now(), from: from.ip() };
    let mut response = gateway.pass_on(request, &arrival).await;
    if let Ok(id) = HeaderValue::try_from(arrival.id) {
        response.headers_mut().insert("apigw-requestid", id);
    }
    response
}

fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

/// Whether a request of HTTP/1.1 has exactly one `Host` (RFC 9112 §3.2).
fn has_host(parts: &Parts) -> bool {
    parts.version != Version::HTTP_11 || parts.headers.get_all(header::HOST).iter().count() == 1
}

fn bad_request() -> Response<Body> {
    refusal(StatusCode::BAD_REQUEST, "Bad Request")
}

fn too_large() -> Response<Body> {
    refusal(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
}

/// One of the gateway's own errors, which don't have the envelope of a surface.
fn refusal(status: StatusCode, message: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(json!({ "message": message }).to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
