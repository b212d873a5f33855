//! Every refusal of the identity provider, and the one place that knows what it looks like.

use lambda_http::{Body, Response};
use runtime::http::{self, Malformed, Received};
use runtime::server_error::ServerError;
use serde::Serialize;

/// Why a request was refused. Callers can tell two refusals apart, by their status: that of the client
/// from that of the user or token.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Header missing, no such client, another API token, or the client may not do this.
    #[error("client refused")]
    ClientRefused,
    /// No form with email and password, no such user, a wrong password, a user who may not sign in.
    #[error("login refused")]
    LoginRefused,
    /// Too many attempts for one email. The answer doesn't say so: the contract has one failure.
    #[error("rate limited")]
    RateLimited,
    /// No such token, none that is live, another user's, or its user may not sign in (any more).
    #[error("token refused")]
    TokenRefused,
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
        Self::LoginRefused
    }
}

/// What callers and the log see of a refusal. `code` is in the body: with a status of 404 it is 401,
/// both of which are the contract's, and clients tell refusals apart by the status.
struct Row {
    status: u16,
    code: u16,
    message: &'static str,
    step: &'static str,
    retry_after: Option<u64>,
}

const fn row(status: u16, code: u16, message: &'static str, step: &'static str) -> Row {
    Row { status, code, message, step, retry_after: None }
}

#[derive(Serialize)]
struct Envelope {
    error: bool,
    message: &'static str,
    code: u16,
}

impl Refusal {
    fn row(&self) -> Row {
        match self {
            Self::ClientRefused => row(401, 401, "Not authenticated", "CLIENT_REFUSED"),
            Self::LoginRefused => row(404, 401, "Not authenticated", "LOGIN_REFUSED"),
            Self::RateLimited => row(404, 401, "Not authenticated", "RATE_LIMITED"),
            Self::TokenRefused => row(404, 401, "Not authenticated", "TOKEN_REFUSED"),
            // The contract has no 503.
            Self::ServerError(error) => Row {
                retry_after: error.retry_after(),
                ..row(500, 500, "Internal server error", error.step())
            },
        }
    }
}

impl http::Refusal for Refusal {
    fn response(&self, _: &Received<'_>) -> Response<Body> {
        let Row { status, code, message, retry_after, .. } = self.row();
        http::refuse(status, &Envelope { error: true, message, code }, retry_after)
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
            Refusal::ClientRefused,
            Refusal::LoginRefused,
            Refusal::RateLimited,
            Refusal::TokenRefused,
            Refusal::from(secret().context(Unavailable)),
            Refusal::from(secret()),
        ];
        insta::assert_snapshot!(shown(&all), @r#"
        401 None {"error":true,"message":"Not authenticated","code":401}
        404 None {"error":true,"message":"Not authenticated","code":401}
        404 None {"error":true,"message":"Not authenticated","code":401}
        404 None {"error":true,"message":"Not authenticated","code":401}
        500 Some("1") {"error":true,"message":"Internal server error","code":500}
        500 None {"error":true,"message":"Internal server error","code":500}
        "#);
    }
}
