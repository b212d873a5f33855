//! Answers in DynamoDB's form.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;
use uuid::Uuid;

pub(super) const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// A status and a body of JSON.
pub(super) struct Answer {
    status: StatusCode,
    body: String,
}

impl Answer {
    pub(super) fn new(status: u16, body: String) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, body }
    }

    /// An error that isn't one of the database.
    pub(super) fn error(kind: &str, message: &str) -> Self {
        let kind = format!("com.amazon.coral.service#{kind}");
        // Some SDKs read `message`, others `Message`.
        let body = json!({ "__type": kind, "message": message, "Message": message });
        Self::new(400, body.to_string())
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        if let Ok(id) = HeaderValue::try_from(Uuid::new_v4().simple().to_string()) {
            headers.insert("x-amzn-requestid", id);
        }
        response
    }
}
