//! Successes of the partner surface, in its envelope (partner contract §3.2).

use domain::time::Timestamp;
use lambda_http::{Body, Request, Response};
use runtime::http;
use serde::Serialize;

/// The envelope of a success.
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

    pub fn with_meta(self, meta: M) -> Self {
        Self { meta: Some(meta), ..self }
    }

    pub fn response(&self) -> Response<Body> {
        http::reply(self.status_code, self)
    }
}
