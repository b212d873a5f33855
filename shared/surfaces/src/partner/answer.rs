//! The surface's successes, in its envelope (partner contract §3.2).

use domain::time::Timestamp;
use lambda_http::{Body, Request, Response};
use runtime::http;
use serde::Serialize;

/// A success: what it is about, in words and in fields.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer<'s, D: Serialize, M: Serialize = ()> {
    success: bool,
    status_code: u16,
    message: &'static str,
    data: &'s D,
    timestamp: String,
    request_id: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<M>,
}

impl<'s, D: Serialize, M: Serialize> Answer<'s, D, M> {
    /// The answer to a request of this moment.
    pub fn new(request: &'s Request, now: Timestamp, message: &'static str, data: &'s D) -> Self {
        Self {
            success: true,
            status_code: 200,
            message,
            data,
            timestamp: now.rfc3339(),
            request_id: http::request_id(request),
            meta: None,
        }
    }

    /// With something about the answer itself.
    pub fn with_meta(self, meta: M) -> Self {
        Self { meta: Some(meta), ..self }
    }

    /// As a response.
    pub fn response(&self) -> Response<Body> {
        http::reply(self.status_code, self)
    }
}
