//! Responses.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};
use serde::Serialize;

/// A 204 without a body.
pub fn no_content() -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// A response with a JSON body.
///
/// If the body can't be serialised, one of our types has a bug; the answer is an empty 500.
pub fn reply(status: u16, body: &impl Serialize) -> Response<Body> {
    let built = serde_json::to_string(body)
        .ok()
        .and_then(|body| Response::builder().status(status).body(Body::Text(body)).ok());
    built.unwrap_or_else(|| {
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}
