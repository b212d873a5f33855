//! What the refusals of all surfaces have in common.

use domain::time::Timestamp;
use lambda_http::http::HeaderValue;
use lambda_http::{Body, Response};
use serde::Serialize;

use super::answer::reply;
use crate::server_error::ServerError;

/// What an answer may say about its request.
#[derive(Clone, Copy, Debug)]
pub struct Received<'r> {
    pub request_id: &'r str,
    pub at: Timestamp,
}

/// Why a surface denies a request. Handlers return it. Only the surface knows the envelope.
pub trait Refusal: From<anyhow::Error> {
    /// The id of a request in `X-Request-Id` and the log: API Gateway's id, unless the contract
    /// requires another form.
    fn request_id(gateway_request_id: &str, _now: Timestamp) -> String {
        gateway_request_id.to_owned()
    }

    /// The answer in the surface's envelope.
    fn response(&self, received: &Received<'_>) -> Response<Body>;

    /// The check that failed, for the log.
    fn step(&self) -> &'static str;

    /// The server error, if the refusal is one.
    fn server_error(&self) -> Option<&ServerError>;
}

/// A response with a JSON body. `retry_after` are the seconds after which the client may try again.
pub fn refuse(status: u16, body: &impl Serialize, retry_after: Option<u64>) -> Response<Body> {
    let mut response = reply(status, body);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert("retry-after", HeaderValue::from(seconds));
    }
    response
}
