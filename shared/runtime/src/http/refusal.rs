//! What the refusals of all surfaces have in common.

use domain::time::Timestamp;
use lambda_http::http::{HeaderValue, header};
use lambda_http::{Body, Response};
use serde::Serialize;

use super::answer::reply;
use crate::event::Verdict;
use crate::server_error::ServerError;
use crate::telemetry;

/// What an answer may say about its request.
#[derive(Clone, Copy, Debug)]
pub struct Received<'r> {
    pub request_id: &'r str,
    pub at: Timestamp,
}

/// Why a surface denies a request. Handlers return it. Only the surface knows the envelope.
pub trait Refusal: From<anyhow::Error> {
    /// The surface, as the anchors of `docs/errors.md` name it.
    const SURFACE: &'static str;

    /// The id of a request in `X-Request-Id` and the log: API Gateway's id, unless the contract
    /// requires another form.
    fn request_id(gateway_request_id: &str, _now: Timestamp) -> String {
        gateway_request_id.to_owned()
    }

    /// The answer in the surface's envelope.
    fn response(&self, received: &Received<'_>) -> Response<Body>;

    /// The text in the answer that tells it from others with the same status: the last part of its
    /// anchor in `docs/errors.md`.
    fn word(&self) -> &'static str;

    /// The check that failed, for the log.
    fn step(&self) -> &'static str;

    /// The metric that counts refusals of this kind; `None` for a mistake in the request and for our own
    /// failures.
    fn metric(&self) -> Option<&'static str>;

    /// The server error, if the refusal is one.
    fn server_error(&self) -> Option<&ServerError>;
}

/// Counts a refusal, by the check that failed.
pub(super) fn count_refusal(refusal: &impl Refusal, now: Timestamp) {
    if let Some(metric) = refusal.metric() {
        telemetry::count_refusal(metric, refusal.step(), now);
    }
}

/// An authorizer's denial, which says no more than no. Each is counted, and its line in the log has the
/// check that failed.
pub fn denied(refusal: &impl Refusal, now: Timestamp) -> Verdict {
    telemetry::failed_step_or(refusal.step());
    telemetry::count_refusal(refusal.metric().unwrap_or("TokenRefused"), refusal.step(), now);
    Verdict::Deny
}

/// Headers that only some refusals have.
#[derive(Clone, Copy, Debug)]
pub struct Extra {
    /// The scheme of the credential that a 401 asks for, for `WWW-Authenticate`. No 401 may lack the
    /// header (RFC 9110 §15.5.2): clients drop such an answer, status and body included.
    pub challenge: Option<&'static str>,
    /// The seconds after which the client may try again.
    pub retry_after: Option<u64>,
}

impl Extra {
    pub const NONE: Self = Self { challenge: None, retry_after: None };

    pub const fn challenge(challenge: &'static str) -> Self {
        Self { challenge: Some(challenge), ..Self::NONE }
    }

    pub const fn retry_after(retry_after: Option<u64>) -> Self {
        Self { retry_after, ..Self::NONE }
    }
}

/// A response with a JSON body.
pub fn refuse(status: u16, body: &impl Serialize, extra: Extra) -> Response<Body> {
    let Extra { challenge, retry_after } = extra;
    let mut response = reply(status, body);
    if let Some(challenge) = challenge {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if let Some(seconds) = retry_after {
        response.headers_mut().insert("retry-after", HeaderValue::from(seconds));
    }
    response
}
