//! What a surface's refusals have in common.

use domain::time::Timestamp;
use lambda_http::http::HeaderValue;
use lambda_http::{Body, Response};
use serde::Serialize;

use super::answer::reply;
use crate::server_error::ServerError;

/// A request, as far as its answer may refer to it.
#[derive(Clone, Copy, Debug)]
pub struct Received<'r> {
    /// What the surface calls it.
    pub request_id: &'r str,
    /// When it came.
    pub at: Timestamp,
}

/// Why a surface denies a request. Handlers return it; its surface alone knows the envelope.
pub trait Refusal: From<anyhow::Error> {
    /// What the surface calls a request, in `X-Request-Id` and the log: what API Gateway calls it,
    /// unless the contract wants names of another form.
    fn request_id(gateways: &str, _now: Timestamp) -> String {
        gateways.to_owned()
    }

    /// The answer in the surface's envelope.
    fn response(&self, received: &Received<'_>) -> Response<Body>;

    /// The check that failed, in one word for the log.
    fn step(&self) -> &'static str;

    /// Our own failure, if the refusal is one.
    fn server_error(&self) -> Option<&ServerError>;
}

/// A response with a JSON body that refuses a request, perhaps with the seconds after which it may be
/// sent again.
pub fn refuse(status: u16, body: &impl Serialize, retry_after: Option<u64>) -> Response<Body> {
    let mut response = reply(status, body);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert("retry-after", HeaderValue::from(seconds));
    }
    response
}
