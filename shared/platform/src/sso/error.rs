//! Every refusal of the identity provider, and the one place that knows what it looks like.

use lambda_http::{Body, Response};
use serde::Serialize;

use crate::fault::Fault;
use crate::http::{self, Failure, Malformed, Received};

/// Why a request was refused. Callers can tell two refusals apart, by their status: that of the client
/// from that of the user or token.
#[derive(Debug, thiserror::Error)]
pub enum SsoError {
    /// Header missing, no such client, another API token, or the client may not do this.
    #[error("client refused")]
    ClientRefused,
    /// No form with email and password, no such user, a wrong password, a user who isn't admitted.
    #[error("login refused")]
    LoginRefused,
    /// Too many attempts for one email. The answer doesn't say so: the contract knows one failure.
    #[error("rate limited")]
    RateLimited,
    /// No such token, none that is live, another user's, or its user isn't admitted (any more).
    #[error("token refused")]
    TokenRefused,
    /// Nothing that the caller did.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<anyhow::Error> for SsoError {
    fn from(error: anyhow::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Malformed> for SsoError {
    fn from(_: Malformed) -> Self {
        Self::LoginRefused
    }
}

#[derive(Serialize)]
struct Envelope {
    error: bool,
    message: &'static str,
    code: u16,
}

impl SsoError {
    fn status(&self) -> u16 {
        match self {
            Self::ClientRefused => 401,
            // With 401 in the body: both are the contract's, and clients tell the two by the status.
            Self::LoginRefused | Self::RateLimited | Self::TokenRefused => 404,
            // The contract has no 503.
            Self::Fault(_) => 500,
        }
    }

    fn envelope(&self) -> Envelope {
        let (message, code) = match self {
            Self::ClientRefused | Self::LoginRefused | Self::RateLimited | Self::TokenRefused => {
                ("Not authenticated", 401)
            }
            Self::Fault(_) => ("Internal server error", 500),
        };
        Envelope { error: true, message, code }
    }
}

impl Failure for SsoError {
    fn response(&self, _: &Received<'_>) -> Response<Body> {
        http::refuse(self.status(), &self.envelope(), self.fault().and_then(Fault::retry_after))
    }

    fn outcome(&self) -> &'static str {
        match self {
            Self::ClientRefused => "CLIENT_REFUSED",
            Self::LoginRefused => "LOGIN_REFUSED",
            Self::RateLimited => "RATE_LIMITED",
            Self::TokenRefused => "TOKEN_REFUSED",
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
            SsoError::ClientRefused,
            SsoError::LoginRefused,
            SsoError::RateLimited,
            SsoError::TokenRefused,
            SsoError::from(secret().context(Unavailable)),
            SsoError::from(secret()),
        ];
        insta::assert_snapshot!(http::shown(&all), @r#"
        401 None {"error":true,"message":"Not authenticated","code":401}
        404 None {"error":true,"message":"Not authenticated","code":401}
        404 None {"error":true,"message":"Not authenticated","code":401}
        404 None {"error":true,"message":"Not authenticated","code":401}
        500 Some("1") {"error":true,"message":"Internal server error","code":500}
        500 None {"error":true,"message":"Internal server error","code":500}
        "#);
    }
}
