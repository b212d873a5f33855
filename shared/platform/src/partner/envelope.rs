//! What every answer of the surface is wrapped in (partner contract §3.2).

use domain::time::Timestamp;
use lambda_http::{Body, Request, Response};
use serde::Serialize;

use crate::http;

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
    #[must_use]
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
    #[must_use]
    pub fn with_meta(self, meta: M) -> Self {
        Self { meta: Some(meta), ..self }
    }

    /// As a response.
    #[must_use]
    pub fn response(&self) -> Response<Body> {
        http::reply(self.status_code, self)
    }
}

/// A refusal.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Refusal<'s> {
    pub(super) success: bool,
    pub(super) status_code: u16,
    pub(super) error: Problem<'s>,
    pub(super) timestamp: String,
    pub(super) request_id: &'s str,
}

/// A problem of RFC 9457, nested, with what is wrong with each field.
#[derive(Serialize)]
pub(super) struct Problem<'s> {
    pub(super) r#type: String,
    pub(super) title: &'static str,
    pub(super) detail: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) validation: &'s [super::FieldFault],
}
