//! Every refusal of the portal, with its answer.

use lambda_http::{Body, Response};
use runtime::http::{self, Extra, Malformed, Received};
use runtime::server_error::ServerError;
use serde::Serialize;

use super::issue::Issue;

/// Why a request was refused. Several reasons have the same answer on purpose: a caller who can
/// distinguish "user not found" from "wrong code" can find out which users exist.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The endpoint doesn't accept a header, the body or one of its fields.
    #[error("validation failed")]
    Validation(Issue),
    /// The API key is unknown, or the portal is not enabled for its organization.
    #[error("organization not found")]
    OrganizationNotFound,
    /// The user was not found, or the code is wrong, expired, used or out of attempts.
    #[error("invalid credentials")]
    InvalidCredentials,
    /// The request has no access token.
    #[error("access token required")]
    TokenRequired,
    /// An access token, its user or its organization was refused.
    #[error("invalid access token")]
    InvalidToken,
    /// The refresh token is unknown or another organization's, or its user may not use it any more.
    #[error("invalid refresh token")]
    RefreshInvalid,
    /// The family of the refresh token is revoked.
    #[error("refresh token reused")]
    RefreshReused,
    /// The refresh token reached its sliding or absolute expiry.
    #[error("refresh token expired")]
    RefreshExpired,
    /// Too many codes were requested for one identifier.
    #[error("rate limited")]
    RateLimited {
        /// Seconds until the window ends.
        retry_after: u64,
    },
    /// Too many sends and wrong codes came from one source.
    #[error("source limited")]
    SourceLimited {
        /// Seconds until the window ends.
        retry_after: u64,
    },
    #[error(transparent)]
    ServerError(#[from] ServerError),
}

impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Self {
        Self::ServerError(error.into())
    }
}

impl From<Malformed> for Refusal {
    fn from(malformed: Malformed) -> Self {
        Self::Validation(malformed.into())
    }
}

/// The answer to the client, and the step in the log.
struct Row {
    status: u16,
    code: &'static str,
    message: &'static str,
    step: &'static str,
    extra: Extra,
    issue: Option<Issue>,
}

const fn row(status: u16, code: &'static str, message: &'static str, step: &'static str) -> Row {
    Row { status, code, message, step, extra: Extra::NONE, issue: None }
}

/// A 401, and the scheme of the credential that it asks for (RFC 9110 §11.6.1).
const fn unauthorized(
    challenge: &'static str,
    code: &'static str,
    message: &'static str,
    step: &'static str,
) -> Row {
    Row { extra: Extra::challenge(challenge), ..row(401, code, message, step) }
}

const fn too_many(retry_after: u64, step: &'static str) -> Row {
    let row = row(429, "RATE_LIMITED", "Too many requests", step);
    Row { extra: Extra::retry_after(Some(retry_after)), ..row }
}

const CODE: &str = r#"Code realm="portal""#;
const TOKEN: &str = r#"Bearer realm="portal""#;
const ANOTHER_TOKEN: &str = r#"Bearer realm="portal", error="invalid_token""#;
const REFRESH_TOKEN: &str = r#"RefreshToken realm="portal""#;

#[derive(Serialize)]
struct Envelope {
    status: u16,
    success: bool,
    error: &'static str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    issues: Option<[Issue; 1]>,
}

impl Refusal {
    #[rustfmt::skip]
    fn row(&self) -> Row {
        match self {
            Self::Validation(issue) => Row {
                issue: Some(*issue),
                ..row(400, "VALIDATION_ERROR", "Validation failed", issue.step)
            },
            Self::InvalidCredentials => unauthorized(CODE, "UNAUTHORIZED", "Invalid credentials", "UNAUTHORIZED"),
            // VALIDATION_ERROR with a 401 looks odd, but the published contract says so.
            Self::TokenRequired => unauthorized(TOKEN, "VALIDATION_ERROR", "Invalid or expired token", "TOKEN_REQUIRED"),
            Self::InvalidToken => unauthorized(ANOTHER_TOKEN, "VALIDATION_ERROR", "Invalid or expired token", "INVALID_TOKEN"),
            Self::RefreshInvalid => unauthorized(REFRESH_TOKEN, "REFRESH_INVALID", "Invalid refresh token", "REFRESH_INVALID"),
            Self::RefreshReused => unauthorized(REFRESH_TOKEN, "REFRESH_REUSED", "Refresh token reuse detected", "REFRESH_REUSED"),
            Self::RefreshExpired => unauthorized(REFRESH_TOKEN, "REFRESH_EXPIRED", "Refresh token expired", "REFRESH_EXPIRED"),
            Self::OrganizationNotFound => row(404, "NOT_FOUND", "Organization not found", "NOT_FOUND"),
            Self::RateLimited { retry_after } => too_many(*retry_after, "RATE_LIMITED"),
            Self::SourceLimited { retry_after } => too_many(*retry_after, "SOURCE_LIMITED"),
            Self::ServerError(error @ (ServerError::Unavailable(_) | ServerError::SignOutNotOver { .. })) => Row {
                extra: Extra::retry_after(error.retry_after()),
                ..row(503, "UNAVAILABLE", "Service unavailable", error.step())
            },
            Self::ServerError(error @ ServerError::Internal(_)) => {
                row(500, error.step(), "Internal server error", error.step())
            }
        }
    }
}

impl http::Refusal for Refusal {
    const SURFACE: &'static str = "portal";

    fn response(&self, _: &Received<'_>) -> Response<Body> {
        let Row { status, code, message, extra, issue, .. } = self.row();
        let issues = issue.map(|issue| [issue]);
        let envelope = Envelope { status, success: false, error: message, code, issues };
        http::refuse(status, &envelope, extra)
    }

    fn word(&self) -> &'static str {
        self.row().code
    }

    fn step(&self) -> &'static str {
        self.row().step
    }

    fn metric(&self) -> Option<&'static str> {
        match self {
            Self::OrganizationNotFound => Some("ClientRefused"),
            Self::InvalidCredentials => Some("CodeRefused"),
            Self::TokenRequired
            | Self::InvalidToken
            | Self::RefreshInvalid
            | Self::RefreshReused
            | Self::RefreshExpired => Some("TokenRefused"),
            Self::RateLimited { .. } | Self::SourceLimited { .. } => Some("RateLimited"),
            // The one mistake that may be a theft: a client that sends one key for all.
            Self::Validation(issue) if *issue == Issue::IDEMPOTENCY_KEY_USED => {
                Some("TokenRefused")
            }
            Self::Validation(_) | Self::ServerError(_) => None,
        }
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
            Refusal::Validation(Issue::CHANNEL),
            Refusal::OrganizationNotFound,
            Refusal::InvalidCredentials,
            Refusal::TokenRequired,
            Refusal::InvalidToken,
            Refusal::RefreshInvalid,
            Refusal::RefreshReused,
            Refusal::RefreshExpired,
            Refusal::Validation(Issue::IDEMPOTENCY_KEY_USED),
            Refusal::RateLimited { retry_after: 7 },
            Refusal::SourceLimited { retry_after: 7 },
            Refusal::from(secret().context(Unavailable)),
            Refusal::from(ServerError::SignOutNotOver { retry_after: 70 }),
            Refusal::from(secret()),
        ];
        insta::assert_snapshot!(shown(&all), @r#"
        400 [] {"status":400,"success":false,"error":"Validation failed","code":"VALIDATION_ERROR","issues":[{"field":"channel","message":"must be EMAIL for an email, or SMS for a phoneNumber"}]}
        404 [] {"status":404,"success":false,"error":"Organization not found","code":"NOT_FOUND"}
        401 [Code realm="portal"] {"status":401,"success":false,"error":"Invalid credentials","code":"UNAUTHORIZED"}
        401 [Bearer realm="portal"] {"status":401,"success":false,"error":"Invalid or expired token","code":"VALIDATION_ERROR"}
        401 [Bearer realm="portal", error="invalid_token"] {"status":401,"success":false,"error":"Invalid or expired token","code":"VALIDATION_ERROR"}
        401 [RefreshToken realm="portal"] {"status":401,"success":false,"error":"Invalid refresh token","code":"REFRESH_INVALID"}
        401 [RefreshToken realm="portal"] {"status":401,"success":false,"error":"Refresh token reuse detected","code":"REFRESH_REUSED"}
        401 [RefreshToken realm="portal"] {"status":401,"success":false,"error":"Refresh token expired","code":"REFRESH_EXPIRED"}
        400 [] {"status":400,"success":false,"error":"Validation failed","code":"VALIDATION_ERROR","issues":[{"field":"Idempotency-Key","message":"was used for the rotation before; the refresh token is still good: generate a new key for each rotation"}]}
        429 [7] {"status":429,"success":false,"error":"Too many requests","code":"RATE_LIMITED"}
        429 [7] {"status":429,"success":false,"error":"Too many requests","code":"RATE_LIMITED"}
        503 [1] {"status":503,"success":false,"error":"Service unavailable","code":"UNAVAILABLE"}
        503 [70] {"status":503,"success":false,"error":"Service unavailable","code":"UNAVAILABLE"}
        500 [] {"status":500,"success":false,"error":"Internal server error","code":"INTERNAL_ERROR"}
        "#);
    }
}
