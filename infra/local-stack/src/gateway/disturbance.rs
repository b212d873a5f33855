//! The answers of a disturbed request: as the surface, or API Gateway, gives them.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use domain::time::Timestamp;
use serde_json::{Value, json};

use crate::faults::Fault;

/// Headers of every answer of a function.
const COMMON: [(HeaderName, &str); 4] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_TYPE, "application/json"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
];

/// The functions with a limit of their own. API Gateway throttles the routes of the others.
const WITH_A_LIMIT: [&str; 3] = ["portal-send-otp", "portal-verify-otp", "password-login"];

/// The request that is answered.
pub(super) struct Disturbed<'r> {
    pub(super) function: &'r str,
    pub(super) id: &'r str,
    pub(super) at: Timestamp,
}

impl Disturbed<'_> {
    /// "Too many requests"; `None` if that is API Gateway's to say.
    pub(super) fn too_many_requests(&self, fault: &Fault) -> Option<Response<Body>> {
        if !WITH_A_LIMIT.contains(&self.function) {
            return None;
        }
        let body = if self.surface() == "portal" {
            json!({
                "status": 429, "success": false, "error": "Too many requests",
                "code": "RATE_LIMITED",
            })
        } else {
            json!({
                "statusCode": 429, "message": "Too many requests", "error": "Too Many Requests",
            })
        };
        Some(answer(StatusCode::TOO_MANY_REQUESTS, self.id, &body, fault))
    }

    /// "A dependency is down": a 503, or a 500 where the contract doesn't have a 503.
    pub(super) fn unavailable(&self, fault: &Fault) -> Response<Body> {
        let (status, body) = match self.surface() {
            "portal" => (
                StatusCode::SERVICE_UNAVAILABLE,
                json!({
                    "status": 503, "success": false, "error": "Service unavailable",
                    "code": "UNAVAILABLE",
                }),
            ),
            "partner" => return self.partner_unavailable(fault),
            "password" => (
                StatusCode::INTERNAL_SERVER_ERROR,
                json!({
                    "statusCode": 500, "message": "Internal server error",
                    "error": "Internal Server Error",
                }),
            ),
            _ => (
                StatusCode::INTERNAL_SERVER_ERROR,
                json!({ "error": true, "message": "Internal server error", "code": 500 }),
            ),
        };
        answer(status, self.id, &body, fault)
    }

    fn partner_unavailable(&self, fault: &Fault) -> Response<Body> {
        let id = domain::partner::request_id(self.at);
        let body = json!({
            "success": false,
            "statusCode": 500,
            "error": {
                "type": "https://parchment.health/errors/internal-server-error",
                "title": "Internal Server Error",
                "detail": "An unexpected error occurred during validation",
            },
            "timestamp": self.at.rfc3339(),
            "requestId": id,
        });
        answer(StatusCode::INTERNAL_SERVER_ERROR, &id, &body, fault)
    }

    fn surface(&self) -> &str {
        self.function.split('-').next().unwrap_or_default()
    }
}

fn answer(status: StatusCode, id: &str, body: &Value, fault: &Fault) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in COMMON {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::RETRY_AFTER, HeaderValue::from(fault.retry_after()));
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert("x-request-id", id);
    }
    response
}
