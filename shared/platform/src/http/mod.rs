//! From API Gateway's event to a handler and back.

mod body;
mod event;
mod form;
mod headers;

use std::time::{Duration, Instant};

use anyhow::anyhow;
use domain::time::Timestamp;
use lambda_http::http::HeaderValue;
pub use lambda_http::{Body, Request, Response};
use lambda_http::{Error, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use self::body::{Malformed, json};
pub use self::event::{HttpEvent, Reply};
pub use self::form::{Form, form};
pub use self::headers::{bearer, cookie, header, path_parameter, request_id};
pub(crate) use self::headers::{bearer_token, cookie_value};
use crate::aws::Unavailable;
use crate::fault::Fault;
use crate::telemetry::{self, Names};

/// INIT prepares for no longer than this; what isn't there then is fetched by the first request,
/// whose caller has to be answered within three seconds even if a dependency is silent.
const PREPARATION: Duration = Duration::from_millis(400);

/// Every request is answered within this, whatever a dependency does.
const DEADLINE: Duration = Duration::from_millis(2500);

/// A request, as far as its answer may refer to it.
#[derive(Clone, Copy, Debug)]
pub struct Received<'r> {
    /// What it is called.
    pub request_id: &'r str,
    /// When it came.
    pub at: Timestamp,
}

/// What a surface's error enum tells `serve`. Handlers return the enum; its surface alone knows the
/// envelope.
pub trait Failure: From<anyhow::Error> {
    /// What the surface calls a request, in `X-Request-Id` and the log: what API Gateway calls it,
    /// unless the contract wants names of another form.
    #[must_use]
    fn request_id(gateways: &str, _now: Timestamp) -> String {
        gateways.to_owned()
    }

    /// The answer in the surface's envelope.
    fn response(&self, received: &Received<'_>) -> Response<Body>;
    /// One word for the log.
    fn outcome(&self) -> &'static str;
    /// What went wrong on our side, if anything did.
    fn fault(&self) -> Option<&Fault>;
}

/// Runs a function behind API Gateway: polls for events, reads the clock once per event, calls the
/// handler, turns its failure into an answer, adds the common headers and writes the one log line.
///
/// # Errors
/// When the Lambda runtime can't be reached (any more).
pub async fn serve<F, Fut, E>(handle: F) -> Result<(), Error>
where
    F: Fn(Request, Timestamp) -> Fut,
    Fut: Future<Output = Result<Response<Body>, E>>,
    E: Failure,
{
    telemetry::start();
    let handle = &handle;
    lambda_http::lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let function = event.context.env_config.function_name.as_str();
        Ok::<Reply, Error>(respond(handle, parse(event.payload)?, function, clock()).await)
    }))
    .await
}

/// An event as a `T`. The runtime would parse it for us, and log what it could not parse: the event.
pub(crate) fn parse<T: DeserializeOwned>(event: Value) -> Result<T, Error> {
    serde_json::from_value(event).map_err(|_| Error::from("the event is none of this function's"))
}

/// Everything that [`serve`] does with one event.
pub async fn respond<F, Fut, E>(
    handle: &F,
    event: HttpEvent,
    function: &str,
    now: Timestamp,
) -> Reply
where
    F: Fn(Request, Timestamp) -> Fut,
    Fut: Future<Output = Result<Response<Body>, E>>,
    E: Failure,
{
    let started = Instant::now();
    let mut request = event.into_request();
    let gateways = request_id(&request).to_owned();
    let request_id = E::request_id(&gateways, now);
    headers::rename(&mut request, &request_id);
    let handled = async { in_time(async { Ok(handle(request, now).await) }).await? };
    let (result, call) = telemetry::measured(handled).await;
    let names = Names { function, request_id: &request_id, gateways: &gateways };
    let (response, outcome) = conclude(result, names, now);
    let status = response.status().as_u16();
    telemetry::request(names, outcome, status, &call, started.elapsed());
    Reply::from(headers::common(response, &request_id))
}

/// Runs what INIT does ahead of the first request, but not for longer than is good.
pub(crate) async fn prepared(future: impl Future<Output = anyhow::Result<()>>, what: &str) {
    match tokio::time::timeout(PREPARATION, future).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!("{what}: {error:#}"),
        Err(_) => tracing::warn!("{what}: took too long"),
    }
}

/// The future's result, or [`Unavailable`] at the deadline. What it was doing then is dropped; the
/// write protocol makes that as harmless as a crash.
pub(crate) async fn in_time<T>(
    future: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let late = |_| Err(anyhow!("the deadline passed").context(Unavailable));
    tokio::time::timeout(DEADLINE, future).await.unwrap_or_else(late)
}

fn conclude<E: Failure>(
    result: Result<Response<Body>, E>,
    names: Names<'_>,
    now: Timestamp,
) -> (Response<Body>, &'static str) {
    match result {
        Ok(response) => (response, "ok"),
        Err(failure) => {
            if let Some(cause) = failure.fault().map(Fault::cause) {
                telemetry::failure(names.function, names.request_id, cause);
            }
            let received = Received { request_id: names.request_id, at: now };
            (failure.response(&received), failure.outcome())
        }
    }
}

/// The one reading of the clock per event.
#[expect(clippy::disallowed_methods, reason = "the one sanctioned reading of the clock")]
pub(crate) fn clock() -> Timestamp {
    let since_epoch =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(0).plus(since_epoch)
}

/// A 204: done, and nothing to say.
#[must_use]
pub fn no_content() -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = lambda_http::http::StatusCode::NO_CONTENT;
    response
}

/// A response with a JSON body that refuses a request, perhaps with the seconds after which it may be
/// sent again.
#[must_use]
pub fn refuse(status: u16, body: &impl Serialize, retry_after: Option<u64>) -> Response<Body> {
    let mut response = reply(status, body);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert("retry-after", HeaderValue::from(seconds));
    }
    response
}

/// A response with a JSON body.
///
/// A body that can't be serialised is a bug in a type of ours; it is answered as an empty 500.
#[must_use]
pub fn reply(status: u16, body: &impl Serialize) -> Response<Body> {
    let built = serde_json::to_string(body)
        .ok()
        .and_then(|body| Response::builder().status(status).body(Body::Text(body)).ok());
    built.unwrap_or_else(|| {
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = lambda_http::http::StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// Refusals as their callers see them, one a line.
#[cfg(test)]
pub(crate) fn shown(refusals: &[impl Failure]) -> String {
    let received = Received { request_id: "r", at: Timestamp::from_millis(0) };
    let lines = refusals.iter().map(|refusal| {
        let response = refusal.response(&received);
        let retry_after = response.headers().get("retry-after");
        let body = String::from_utf8_lossy(response.body().as_ref());
        format!("{} {retry_after:?} {body}", response.status().as_u16())
    });
    lines.collect::<Vec<_>>().join("\n")
}
