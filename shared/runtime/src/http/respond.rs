//! One HTTP request, from event to reply.

use std::time::Instant;

use domain::time::Timestamp;
use lambda_http::http::header;
use lambda_http::{Body, Request, Response};
use lambda_runtime::Error;
use serde_json::Value;

use super::event::{HttpEvent, Reply};
use super::headers::{self, request_id};
use super::refusal::{Received, Refusal, count_refusal};
use crate::clock;
use crate::invocation::{self, Invocation};
use crate::run::Event;
use crate::server_error::ServerError;
use crate::telemetry::{self, Names};

impl<R: Refusal> Event<Result<Response<Body>, R>> for Request {
    type Reply = Reply;

    async fn respond(
        handle: &impl AsyncFn(Self, Timestamp) -> Result<Response<Body>, R>,
        event: Value,
        invocation: &Invocation,
    ) -> Result<Reply, Error> {
        let event = invocation::parse(event)?;
        Ok(respond(handle, event, invocation, clock::now()).await)
    }
}

/// Calls the handler, turns its refusal into an answer, adds the common headers and writes the log line.
pub async fn respond<R: Refusal>(
    handle: &impl AsyncFn(Request, Timestamp) -> Result<Response<Body>, R>,
    event: HttpEvent,
    invocation: &Invocation,
    now: Timestamp,
) -> Reply {
    let started = Instant::now();
    let format = event.format();
    let mut request = event.into_request();
    let gateway_request_id = request_id(&request).to_owned();
    let request_id = R::request_id(&gateway_request_id, now);
    headers::set_request_id(&mut request, &request_id);
    let handled = async {
        let result = invocation::in_time(async { Ok(handle(request, now).await) }).await?;
        result.inspect_err(|refusal| count_refusal(refusal, now))
    };
    let handled = invocation.calling(&request_id, handled);
    let (result, call) = telemetry::measured(handled).await;
    let names =
        Names { invocation, request_id: &request_id, gateway_request_id: &gateway_request_id };
    let (response, step) = conclude(result, names, now);
    let status = response.status().as_u16();
    telemetry::request(names, step, status, &call, started.elapsed());
    Reply::new(format, headers::common(response, &request_id))
}

fn conclude<R: Refusal>(
    result: Result<Response<Body>, R>,
    names: Names<'_>,
    now: Timestamp,
) -> (Response<Body>, &'static str) {
    match result {
        Ok(response) => (response, "ok"),
        Err(refusal) => {
            if let Some(cause) = refusal.server_error().and_then(ServerError::cause) {
                let function = names.invocation.function.as_str();
                telemetry::failure(names.invocation.name, names.request_id, cause);
                telemetry::count("ServerError", ("function", function), now);
            }
            let received = Received { request_id: names.request_id, at: now };
            let mut response = refusal.response(&received);
            let status = response.status().as_u16();
            let help_page = names.invocation.help_page.as_deref();
            let link = help_page.and_then(|page| page.link(R::SURFACE, status, refusal.word()));
            response.headers_mut().extend(link.map(|link| (header::LINK, link)));
            (response, refusal.step())
        }
    }
}
