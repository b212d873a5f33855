//! API Gateway's HTTP API: the template's routes, limits, and the gateway's own errors. Some requests are
//! disturbed, if a developer asked for it.

mod disturbance;
mod event;
mod reply;
mod routes;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};
use axum::body::{Body, to_bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version, header};
use http_body_util::LengthLimitError;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::sleep;
use uuid::Uuid;

use crate::clock;
use crate::connection::{self, Lost};
use crate::description;
use crate::faults::{Fault, Faults, Kind};
use crate::functions::Functions;
use crate::guard::{self, Hosts};
use crate::output::Output;
use crate::reach;
use crate::requests::{Arrived, GatewayCheck, Requests, shown};
use crate::runtime::Outcome;
use crate::template::Function;
use crate::trace;
use disturbance::Disturbed;
use event::Arrival;
use routes::{Match, Routes};

/// The largest body that the gateway accepts.
const MAXIMUM_BODY: usize = 10 * 1024 * 1024;
/// The largest event that Lambda accepts.
const MAXIMUM_EVENT: usize = 6 * 1024 * 1024;
/// The largest size of request line and headers together.
const MAXIMUM_HEADERS: usize = 10 * 1024;

/// The HTTP API.
pub(crate) struct Gateway {
    pub(crate) faults: Faults,
    pub(crate) requests: Arc<Requests>,
    functions: Arc<Functions>,
    output: Arc<Output>,
    routes: Routes,
    hosts: Hosts,
    /// The address that the stack announces.
    url: String,
}

/// An answer, and the gateway's own check that the request failed.
type Answer = (Response<Body>, Option<GatewayCheck>);

impl Gateway {
    pub(crate) fn new(
        template: &[Function],
        functions: Arc<Functions>,
        requests: Arc<Requests>,
        hosts: Hosts,
        output: Arc<Output>,
        url: String,
    ) -> Self {
        let (faults, routes) = (Faults::default(), Routes::of(template));
        Self { faults, requests, functions, output, routes, hosts, url }
    }

    /// The route of a method and a path, with values or parameters, as the template has it.
    pub(crate) fn route(&self, text: &str) -> Result<String> {
        let (method, path) = text.split_once(' ').unwrap_or_default();
        let found = self.routes.find(method, path);
        ensure!(found.is_some(), "no route {text}; write one like POST /v1/token");
        Ok(found.map(|route| route.key).unwrap_or_default())
    }

    /// Serves until the runtime ends.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener) -> Result<()> {
        let answer = move |request, from: SocketAddr| {
            let gateway = Arc::clone(&self);
            async move { gateway.answer(request, from.ip().to_canonical()).await }
        };
        connection::serve(listener, answer).await;
        Ok(())
    }

    async fn answer(&self, request: Request<Body>, from: IpAddr) -> Result<Response<Body>, Lost> {
        let (began, id) = (Instant::now(), Uuid::new_v4().simple().to_string());
        let arrival = Arrival { id, trace: trace::id(), at: clock::now(), from };
        let (parts, body) = request.into_parts();
        // Browsers always name the host. What doesn't is the gateway's own matter.
        if parts.headers.contains_key(header::HOST)
            && let Err(refusal) = guard::check(&parts.headers, &self.hosts)
        {
            return Ok(refusal.response());
        }
        let path = event::decoded_path(&parts);
        let route = self.routes.find(parts.method.as_str(), &path);
        let shown = |route: &Match<'_>| route.key.clone();
        let key = route.as_ref().map_or_else(|| without_a_route(&parts, &path), shown);
        let fault = self.faults.take(&key);
        self.requests.arrived(arrived(&parts, key, route.as_ref(), fault.as_ref(), &arrival));
        let answer = match fault {
            Some(fault) => self.disturb(&fault, &parts, body, route, &arrival).await,
            None => Ok(self.pass_on(&parts, body, route, &arrival).await),
        };
        let (status, check) = match &answer {
            Ok((response, check)) => (Some(response.status().as_u16()), *check),
            Err(Lost) => (None, None),
        };
        self.requests.answered(&arrival.id, status, check, began.elapsed());
        let (mut response, _) = answer?;
        if let Ok(id) = HeaderValue::try_from(arrival.id) {
            response.headers_mut().insert("apigw-requestid", id);
        }
        Ok(response)
    }

    async fn disturb(
        &self,
        fault: &Fault,
        parts: &Parts,
        body: Body,
        route: Option<Match<'_>>,
        arrival: &Arrival,
    ) -> Result<Answer, Lost> {
        let function = route.as_ref().map_or("", |route| route.function);
        let is_of_function = route.is_some();
        let disturbed = Disturbed { function, id: &arrival.id, at: arrival.at };
        let response = match fault.kind {
            Kind::LostRequest => return Err(Lost),
            Kind::LostAnswer => {
                self.pass_on(parts, body, route, arrival).await;
                return Err(Lost);
            }
            Kind::Slow => {
                let answer = self.pass_on(parts, body, route, arrival).await;
                sleep(fault.delay()).await;
                return Ok(answer);
            }
            Kind::TooManyRequests => disturbed
                .too_many_requests(fault)
                .unwrap_or_else(|| refusal(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests")),
            Kind::Unavailable if is_of_function => disturbed.unavailable(fault),
            Kind::Unavailable | Kind::GatewayError => {
                refusal(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
            }
        };
        Ok((response, None))
    }

    async fn pass_on(
        &self,
        parts: &Parts,
        body: Body,
        route: Option<Match<'_>>,
        arrival: &Arrival,
    ) -> Answer {
        if !has_host(parts) {
            return bad_request();
        }
        if size(&parts.headers) + parts.uri.to_string().len() > MAXIMUM_HEADERS {
            let response = refusal(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "Request Header Fields Too Large",
            );
            return (response, Some(GatewayCheck::Headers));
        }
        let Some(route) = route else {
            if parts.method == Method::GET && parts.uri.path() == "/openapi.yaml" {
                return (self.description(&parts.headers), None);
            }
            return (refusal(StatusCode::NOT_FOUND, "Not Found"), Some(GatewayCheck::Route));
        };
        let body = match to_bytes(body, MAXIMUM_BODY).await {
            Ok(body) => body,
            Err(error) => {
                // Else the body ended before its length, or its chunks are malformed.
                let is_long = error.into_inner().is::<LengthLimitError>();
                return if is_long { too_large() } else { bad_request() };
            }
        };
        let event = event::event(parts, &body, &route, arrival).to_string();
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
        match answer {
            Some(response) => (response, None),
            None => (
                refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
                Some(GatewayCheck::Function),
            ),
        }
    }

    /// At `GET /openapi.yaml`. The deployed API has no such route.
    fn description(&self, headers: &HeaderMap) -> Response<Body> {
        let text = match description::of_stack(&reach::from_the_api(&self.url, headers)) {
            Ok(text) => text,
            Err(error) => {
                self.output.line(&format!("{error:#}"));
                return refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
            }
        };
        let mut response = Response::new(Body::from(text));
        let kind = HeaderValue::from_static("application/yaml; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}

fn without_a_route(parts: &Parts, path: &str) -> String {
    format!("{} {}", parts.method, shown(path))
}

fn arrived(
    parts: &Parts,
    key: String,
    route: Option<&Match<'_>>,
    fault: Option<&Fault>,
    arrival: &Arrival,
) -> Arrived {
    let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    // The first word: a browser's whole text is long, and alike for all.
    let client = agent.and_then(|agent| agent.split_whitespace().next());
    let mut headers: Vec<_> = parts.headers.keys().map(ToString::to_string).collect();
    headers.sort();
    Arrived {
        id: arrival.id.clone(),
        at: arrival.at,
        method: parts.method.to_string(),
        route: key,
        function: route.map(|route| route.function.to_owned()),
        client: client.map(|client| client.chars().take(60).collect()),
        headers,
        fault: fault.map(|fault| fault.kind.name()),
    }
}

fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

/// Whether a request of HTTP/1.1 has exactly one `Host` (RFC 9112 §3.2).
fn has_host(parts: &Parts) -> bool {
    parts.version != Version::HTTP_11 || parts.headers.get_all(header::HOST).iter().count() == 1
}

fn bad_request() -> Answer {
    (refusal(StatusCode::BAD_REQUEST, "Bad Request"), Some(GatewayCheck::Host))
}

fn too_large() -> Answer {
    let response = refusal(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    (response, Some(GatewayCheck::Body))
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
