//! Every refusal of the password surface, with its answer.

use lambda_http::{Body, Response};
use runtime::http::{self, Extra, Malformed, Received};
use runtime::server_error::ServerError;
use serde::Serialize;

/// Why a request was refused. Several reasons have the same answer on purpose: a caller who can
/// distinguish "user not found" from "wrong password" can find out which users exist.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The API in the path is not one of the deployment's.
    #[error("unknown API")]
    UnknownApi,
    /// The `organization` header is missing or blank.
    #[error("organization header required")]
    OrganizationRequired,
    /// The body has no user name or no password.
    #[error("user name and password required")]
    CredentialsRequired,
    /// The body is not JSON.
    #[error(transparent)]
    MalformedBody(Malformed),
    /// The organization or the user was not found, the user is disabled, or the password is wrong.
    #[error("invalid credentials")]
    InvalidCredentials,
    /// The request has no token.
    #[error("token required")]
    TokenRequired,
    /// A token, its user or its organization was refused.
    #[error("unauthorized")]
    Unauthorized,
    /// There were too many attempts for one user name.
    #[error("rate limited")]
    RateLimited {
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
        Self::MalformedBody(malformed)
    }
}

/// The answer to the client, and the step in the log. `error` is the status in words (RFC 9110 §15).
struct Row {
    status: u16,
    message: &'static str,
    error: &'static str,
    step: &'static str,
    extra: Extra,
}

const fn row(status: u16, message: &'static str, error: &'static str, step: &'static str) -> Row {
    Row { status, message, error, step, extra: Extra::NONE }
}

/// A 401, and the scheme of the credential that it asks for (RFC 9110 §11.6.1).
const fn unauthorized(challenge: &'static str, message: &'static str, step: &'static str) -> Row {
    Row { extra: Extra::challenge(challenge), ..row(401, message, "Unauthorized", step) }
}

const PASSWORD: &str = r#"Password realm="password""#;
const TOKEN: &str = r#"Bearer realm="password""#;
const ANOTHER_TOKEN: &str = r#"Bearer realm="password", error="invalid_token""#;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    status_code: u16,
    message: &'static str,
    error: &'static str,
}

impl Refusal {
    #[rustfmt::skip]
    fn row(&self) -> Row {
        match self {
            Self::OrganizationRequired => row(400, "Organization header is required", "Bad Request", "ORGANIZATION_REQUIRED"),
            Self::CredentialsRequired => row(400, "Username and password are required", "Bad Request", "CREDENTIALS_REQUIRED"),
            Self::MalformedBody(malformed) => row(400, "Username and password are required", "Bad Request", malformed.step()),
            Self::InvalidCredentials => unauthorized(PASSWORD, "Invalid credentials", "INVALID_CREDENTIALS"),
            Self::TokenRequired => unauthorized(TOKEN, "Unauthorized", "TOKEN_REQUIRED"),
            Self::Unauthorized => unauthorized(ANOTHER_TOKEN, "Unauthorized", "UNAUTHORIZED"),
            Self::UnknownApi => row(404, "Not found", "Not Found", "UNKNOWN_API"),
            Self::RateLimited { retry_after: seconds } => Row {
                extra: Extra::retry_after(Some(*seconds)),
                ..row(429, "Too many requests", "Too Many Requests", "RATE_LIMITED")
            },
            // The contract doesn't have a 503.
            Self::ServerError(error) => Row {
                extra: Extra::retry_after(error.retry_after()),
                ..row(500, "Internal server error", "Internal Server Error", error.step())
            },
        }
    }
}

impl http::Refusal for Refusal {
    const SURFACE: &'static str = "password";

    fn response(&self, _: &Received<'_>) -> Response<Body> {
        let Row { status: status_code, message, error, extra, .. } = self.row();
        http::refuse(status_code, &Envelope { status_code, message, error }, extra)
    }

    fn word(&self) -> &'static str {
        self.row().message
    }

    fn step(&self) -> &'static str {
        self.row().step
    }

    fn metric(&self) -> Option<&'static str> {
        match self {
            Self::InvalidCredentials => Some("PasswordRefused"),
            Self::TokenRequired | Self::Unauthorized => Some("TokenRefused"),
            Self::RateLimited { .. } => Some("RateLimited"),
            Self::UnknownApi
            | Self::OrganizationRequired
            | Self::CredentialsRequired
            | Self::MalformedBody(_)
            | Self::ServerError(_) => None,
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
            Refusal::UnknownApi,
            Refusal::OrganizationRequired,
            Refusal::CredentialsRequired,
            Refusal::MalformedBody(Malformed::Content),
            Refusal::InvalidCredentials,
            Refusal::TokenRequired,
            Refusal::Unauthorized,
            Refusal::RateLimited { retry_after: 7 },
            Refusal::from(secret().context(Unavailable)),
            Refusal::from(ServerError::SignOutNotOver { retry_after: 70 }),
            Refusal::from(secret()),
        ];
        insta::assert_snapshot!(shown(&all), @r#"
        404 [] {"statusCode":404,"message":"Not found","error":"Not Found"}
        400 [] {"statusCode":400,"message":"Organization header is required","error":"Bad Request"}
        400 [] {"statusCode":400,"message":"Username and password are required","error":"Bad Request"}
        400 [] {"statusCode":400,"message":"Username and password are required","error":"Bad Request"}
        401 [Password realm="password"] {"statusCode":401,"message":"Invalid credentials","error":"Unauthorized"}
        401 [Bearer realm="password"] {"statusCode":401,"message":"Unauthorized","error":"Unauthorized"}
        401 [Bearer realm="password", error="invalid_token"] {"statusCode":401,"message":"Unauthorized","error":"Unauthorized"}
        429 [7] {"statusCode":429,"message":"Too many requests","error":"Too Many Requests"}
        500 [1] {"statusCode":500,"message":"Internal server error","error":"Internal Server Error"}
        500 [70] {"statusCode":500,"message":"Internal server error","error":"Internal Server Error"}
        500 [] {"statusCode":500,"message":"Internal server error","error":"Internal Server Error"}
        "#);
    }
}
