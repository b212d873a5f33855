//! Every refusal of the portal, and the one place that knows what it looks like.

use lambda_http::{Body, Response};
use runtime::http::{self, Malformed, Received};
use runtime::server_error::ServerError;
use serde::Serialize;

/// Why a request was refused. Several reasons share one answer on purpose: who could tell "no such
/// user" from "wrong code" could list users.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The API key header is missing, or the request is not what the endpoint takes.
    #[error("validation failed")]
    Validation,
    /// An unknown API key, or the portal is not enabled for its organization.
    #[error("organization not found")]
    OrganizationNotFound,
    /// No user, no code, a wrong, expired, spent or used code.
    #[error("invalid credentials")]
    InvalidCredentials,
    /// Anything about an access token, its user or its organization.
    #[error("invalid access token")]
    InvalidToken,
    /// An unknown or foreign refresh token, or one whose user is gone.
    #[error("invalid refresh token")]
    RefreshInvalid,
    /// A refresh token of a revoked family.
    #[error("refresh token reused")]
    RefreshReused,
    /// A refresh token that reached its sliding or absolute end.
    #[error("refresh token expired")]
    RefreshExpired,
    /// Too many codes for one identifier.
    #[error("rate limited")]
    RateLimited {
        /// Seconds until the window ends.
        retry_after: u64,
    },
    /// Our own failure.
    #[error(transparent)]
    ServerError(#[from] ServerError),
}

impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Self {
        Self::ServerError(error.into())
    }
}

impl From<Malformed> for Refusal {
    fn from(_: Malformed) -> Self {
        Self::Validation
    }
}

/// What callers and the log see of a refusal.
struct Row {
    status: u16,
    code: &'static str,
    message: &'static str,
    step: &'static str,
    retry_after: Option<u64>,
}

const fn row(status: u16, code: &'static str, message: &'static str, step: &'static str) -> Row {
    Row { status, code, message, step, retry_after: None }
}

#[derive(Serialize)]
struct Envelope {
    status: u16,
    success: bool,
    error: &'static str,
    code: &'static str,
}

impl Refusal {
    #[rustfmt::skip]
    fn row(&self) -> Row {
        match self {
            Self::Validation => row(400, "VALIDATION_ERROR", "Validation failed", "VALIDATION_ERROR"),
            Self::InvalidCredentials => row(401, "UNAUTHORIZED", "Invalid credentials", "UNAUTHORIZED"),
            // That a 401 says VALIDATION_ERROR looks odd, and is the published contract.
            Self::InvalidToken => row(401, "VALIDATION_ERROR", "Invalid or expired token", "INVALID_TOKEN"),
            Self::RefreshInvalid => row(401, "REFRESH_INVALID", "Invalid refresh token", "REFRESH_INVALID"),
            Self::RefreshReused => row(401, "REFRESH_REUSED", "Refresh token reuse detected", "REFRESH_REUSED"),
            Self::RefreshExpired => row(401, "REFRESH_EXPIRED", "Refresh token expired", "REFRESH_EXPIRED"),
            Self::OrganizationNotFound => row(404, "NOT_FOUND", "Organization not found", "NOT_FOUND"),
            Self::RateLimited { retry_after } => Row {
                retry_after: Some(*retry_after),
                ..row(429, "RATE_LIMITED", "Too many requests", "RATE_LIMITED")
            },
            Self::ServerError(error @ ServerError::Unavailable(_)) => Row {
                retry_after: error.retry_after(),
                ..row(503, error.step(), "Service unavailable", error.step())
            },
            Self::ServerError(error @ ServerError::Internal(_)) => {
                row(500, error.step(), "Internal server error", error.step())
            }
        }
    }
}

impl http::Refusal for Refusal {
    fn response(&self, _: &Received<'_>) -> Response<Body> {
        let Row { status, code, message, retry_after, .. } = self.row();
        let envelope = Envelope { status, success: false, error: message, code };
        http::refuse(status, &envelope, retry_after)
    }

    fn step(&self) -> &'static str {
        self.row().step
    }

    fn server_error(&self) -> Option<&ServerError> {
        if let Self::ServerError(error) = self { Some(error) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use runtime::outage::Unavailable;

    use super::*;
    use crate::refusals::shown;

    #[test]
    fn every_refusal_has_its_status_headers_and_body() {
        let secret = || anyhow::anyhow!("a cause that callers must not read");
        let all = [
            Refusal::Validation,
            Refusal::OrganizationNotFound,
            Refusal::InvalidCredentials,
            Refusal::InvalidToken,
            Refusal::RefreshInvalid,
            Refusal::RefreshReused,
            Refusal::RefreshExpired,
            Refusal::RateLimited { retry_after: 7 },
            Refusal::from(secret().context(Unavailable)),
            Refusal::from(secret()),
        ];
        insta::assert_snapshot!(shown(&all), @r#"
        400 None {"status":400,"success":false,"error":"Validation failed","code":"VALIDATION_ERROR"}
        404 None {"status":404,"success":false,"error":"Organization not found","code":"NOT_FOUND"}
        401 None {"status":401,"success":false,"error":"Invalid credentials","code":"UNAUTHORIZED"}
        401 None {"status":401,"success":false,"error":"Invalid or expired token","code":"VALIDATION_ERROR"}
        401 None {"status":401,"success":false,"error":"Invalid refresh token","code":"REFRESH_INVALID"}
        401 None {"status":401,"success":false,"error":"Refresh token reuse detected","code":"REFRESH_REUSED"}
        401 None {"status":401,"success":false,"error":"Refresh token expired","code":"REFRESH_EXPIRED"}
        429 Some("7") {"status":429,"success":false,"error":"Too many requests","code":"RATE_LIMITED"}
        503 Some("1") {"status":503,"success":false,"error":"Service unavailable","code":"UNAVAILABLE"}
        500 None {"status":500,"success":false,"error":"Internal server error","code":"INTERNAL_ERROR"}
        "#);
    }
}
