//! Every refusal of the password surface, and the one place that knows what it looks like.

use lambda_http::{Body, Response};
use serde::Serialize;

use crate::fault::Fault;
use crate::http::{self, Failure, Malformed, Received};

/// Why a request was refused. Several reasons share one answer on purpose: who could tell "no such
/// user" or "no such organization" from "wrong password" could list them.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The path names an API that there are no tokens for.
    #[error("unknown API")]
    UnknownApi,
    /// The `organization` header is missing or blank.
    #[error("organization header required")]
    OrganizationRequired,
    /// The body is not JSON with a user name and a password.
    #[error("user name and password required")]
    CredentialsRequired,
    /// No such organization or user, a disabled user, a wrong password.
    #[error("invalid credentials")]
    InvalidCredentials,
    /// Anything about a token, its user or its tenant.
    #[error("unauthorized")]
    Unauthorized,
    /// Too many attempts for one user name.
    #[error("rate limited")]
    RateLimited {
        /// Seconds until the window ends.
        retry_after: u64,
    },
    /// Nothing that the caller did.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<anyhow::Error> for PasswordError {
    fn from(error: anyhow::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Malformed> for PasswordError {
    fn from(_: Malformed) -> Self {
        Self::CredentialsRequired
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    status_code: u16,
    message: &'static str,
    error: &'static str,
}

impl PasswordError {
    fn status(&self) -> u16 {
        match self {
            Self::OrganizationRequired | Self::CredentialsRequired => 400,
            Self::InvalidCredentials | Self::Unauthorized => 401,
            Self::UnknownApi => 404,
            Self::RateLimited { .. } => 429,
            // The contract has no 503.
            Self::Fault(_) => 500,
        }
    }

    fn message(&self) -> &'static str {
        match self {
            Self::UnknownApi => "Not found",
            Self::OrganizationRequired => "Organization header is required",
            Self::CredentialsRequired => "Username and password are required",
            Self::InvalidCredentials => "Invalid credentials",
            Self::Unauthorized => "Unauthorized",
            Self::RateLimited { .. } => "Too many requests",
            Self::Fault(_) => "Internal server error",
        }
    }

    /// The status in words (RFC 9110 §15).
    fn error(&self) -> &'static str {
        match self {
            Self::OrganizationRequired | Self::CredentialsRequired => "Bad Request",
            Self::InvalidCredentials | Self::Unauthorized => "Unauthorized",
            Self::UnknownApi => "Not Found",
            Self::RateLimited { .. } => "Too Many Requests",
            Self::Fault(_) => "Internal Server Error",
        }
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::RateLimited { retry_after } => Some(*retry_after),
            Self::Fault(fault) => fault.retry_after(),
            Self::UnknownApi
            | Self::OrganizationRequired
            | Self::CredentialsRequired
            | Self::InvalidCredentials
            | Self::Unauthorized => None,
        }
    }
}

impl Failure for PasswordError {
    fn response(&self, _: &Received<'_>) -> Response<Body> {
        let (status_code, message, error) = (self.status(), self.message(), self.error());
        http::refuse(status_code, &Envelope { status_code, message, error }, self.retry_after())
    }

    fn outcome(&self) -> &'static str {
        match self {
            Self::UnknownApi => "UNKNOWN_API",
            Self::OrganizationRequired => "ORGANIZATION_REQUIRED",
            Self::CredentialsRequired => "CREDENTIALS_REQUIRED",
            Self::InvalidCredentials => "INVALID_CREDENTIALS",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::RateLimited { .. } => "RATE_LIMITED",
            Self::Fault(fault) => fault.outcome(),
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
            PasswordError::UnknownApi,
            PasswordError::OrganizationRequired,
            PasswordError::CredentialsRequired,
            PasswordError::InvalidCredentials,
            PasswordError::Unauthorized,
            PasswordError::RateLimited { retry_after: 7 },
            PasswordError::from(secret().context(Unavailable)),
            PasswordError::from(secret()),
        ];
        insta::assert_snapshot!(http::shown(&all), @r#"
        404 None {"statusCode":404,"message":"Not found","error":"Not Found"}
        400 None {"statusCode":400,"message":"Organization header is required","error":"Bad Request"}
        400 None {"statusCode":400,"message":"Username and password are required","error":"Bad Request"}
        401 None {"statusCode":401,"message":"Invalid credentials","error":"Unauthorized"}
        401 None {"statusCode":401,"message":"Unauthorized","error":"Unauthorized"}
        429 Some("7") {"statusCode":429,"message":"Too many requests","error":"Too Many Requests"}
        500 Some("1") {"statusCode":500,"message":"Internal server error","error":"Internal Server Error"}
        500 None {"statusCode":500,"message":"Internal server error","error":"Internal Server Error"}
        "#);
    }
}
