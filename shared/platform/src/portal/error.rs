//! Every refusal of the portal, and the one place that knows what it looks like.

use lambda_http::{Body, Response};
use serde::Serialize;

use crate::fault::Fault;
use crate::http::{self, Failure, Malformed, Received};

/// Why a request was refused. Several reasons share one answer on purpose: who could tell "no such
/// user" from "wrong code" could list users.
#[derive(Debug, thiserror::Error)]
pub enum PortalError {
    /// The API key header is missing, or the request is not what the endpoint takes.
    #[error("validation failed")]
    Validation,
    /// The API key belongs to nobody, or to an organization that is no partner.
    #[error("organization not found")]
    OrganizationNotFound,
    /// No user, no code, a wrong, expired, spent or used code.
    #[error("invalid credentials")]
    InvalidCredentials,
    /// Anything about an access token, its user or its tenant.
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
    /// Nothing that the caller did.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<anyhow::Error> for PortalError {
    fn from(error: anyhow::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Malformed> for PortalError {
    fn from(_: Malformed) -> Self {
        Self::Validation
    }
}

#[derive(Serialize)]
struct Envelope {
    status: u16,
    success: bool,
    error: &'static str,
    code: &'static str,
}

impl PortalError {
    fn status(&self) -> u16 {
        match self {
            Self::Validation => 400,
            Self::InvalidCredentials
            | Self::InvalidToken
            | Self::RefreshInvalid
            | Self::RefreshReused
            | Self::RefreshExpired => 401,
            Self::OrganizationNotFound => 404,
            Self::RateLimited { .. } => 429,
            Self::Fault(Fault::Internal(_)) => 500,
            Self::Fault(Fault::Unavailable(_)) => 503,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            // That a 401 says VALIDATION_ERROR looks odd, and is the published contract.
            Self::Validation | Self::InvalidToken => "VALIDATION_ERROR",
            Self::OrganizationNotFound => "NOT_FOUND",
            Self::InvalidCredentials => "UNAUTHORIZED",
            Self::RefreshInvalid => "REFRESH_INVALID",
            Self::RefreshReused => "REFRESH_REUSED",
            Self::RefreshExpired => "REFRESH_EXPIRED",
            Self::RateLimited { .. } => "RATE_LIMITED",
            Self::Fault(fault) => fault.outcome(),
        }
    }

    fn message(&self) -> &'static str {
        match self {
            Self::Validation => "Validation failed",
            Self::OrganizationNotFound => "Organization not found",
            Self::InvalidCredentials => "Invalid credentials",
            Self::InvalidToken => "Invalid or expired token",
            Self::RefreshInvalid => "Invalid refresh token",
            Self::RefreshReused => "Refresh token reuse detected",
            Self::RefreshExpired => "Refresh token expired",
            Self::RateLimited { .. } => "Too many requests",
            Self::Fault(Fault::Unavailable(_)) => "Service unavailable",
            Self::Fault(Fault::Internal(_)) => "Internal server error",
        }
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::RateLimited { retry_after } => Some(*retry_after),
            Self::Fault(fault) => fault.retry_after(),
            Self::Validation
            | Self::OrganizationNotFound
            | Self::InvalidCredentials
            | Self::InvalidToken
            | Self::RefreshInvalid
            | Self::RefreshReused
            | Self::RefreshExpired => None,
        }
    }
}

impl Failure for PortalError {
    fn response(&self, _: &Received<'_>) -> Response<Body> {
        let (status, error, code) = (self.status(), self.message(), self.code());
        http::refuse(status, &Envelope { status, success: false, error, code }, self.retry_after())
    }

    fn outcome(&self) -> &'static str {
        match self {
            // Apart in the log alone.
            Self::InvalidToken => "INVALID_TOKEN",
            other => other.code(),
        }
    }

    fn fault(&self) -> Option<&Fault> {
        if let Self::Fault(fault) = self { Some(fault) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Unavailable;

    #[test]
    fn every_refusal_has_its_status_headers_and_body() {
        let secret = || anyhow::anyhow!("a cause that nobody outside may read");
        let all = [
            PortalError::Validation,
            PortalError::OrganizationNotFound,
            PortalError::InvalidCredentials,
            PortalError::InvalidToken,
            PortalError::RefreshInvalid,
            PortalError::RefreshReused,
            PortalError::RefreshExpired,
            PortalError::RateLimited { retry_after: 7 },
            PortalError::from(secret().context(Unavailable)),
            PortalError::from(secret()),
        ];
        insta::assert_snapshot!(http::shown(&all), @r#"
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
