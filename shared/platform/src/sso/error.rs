//! Every refusal of the identity provider, and the one place that knows what it looks like.

use lambda_http::http::HeaderValue;
use lambda_http::{Body, Response};
use serde::Serialize;

use crate::aws::is_unavailable;
use crate::http::{self, Failure, Malformed, Received};

/// How soon a caller may try again after a dependency was down.
const RETRY_AFTER_SECONDS: u64 = 1;

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
    /// A dependency is down, or a write's fate can't be told.
    #[error("unavailable")]
    Unavailable(#[source] anyhow::Error),
    /// A bug of ours.
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
}

impl From<anyhow::Error> for SsoError {
    fn from(error: anyhow::Error) -> Self {
        if is_unavailable(&error) { Self::Unavailable(error) } else { Self::Internal(error) }
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
            Self::Unavailable(_) | Self::Internal(_) => 500,
        }
    }

    fn envelope(&self) -> Envelope {
        let (message, code) = match self {
            Self::ClientRefused | Self::LoginRefused | Self::RateLimited | Self::TokenRefused => {
                ("Not authenticated", 401)
            }
            Self::Unavailable(_) | Self::Internal(_) => ("Internal server error", 500),
        };
        Envelope { error: true, message, code }
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Unavailable(_) => Some(RETRY_AFTER_SECONDS),
            Self::ClientRefused
            | Self::LoginRefused
            | Self::RateLimited
            | Self::TokenRefused
            | Self::Internal(_) => None,
        }
    }
}

impl Failure for SsoError {
    fn response(&self, _: &Received<'_>) -> Response<Body> {
        let mut response = http::reply(self.status(), &self.envelope());
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert("retry-after", HeaderValue::from(seconds));
        }
        response
    }

    fn outcome(&self) -> &'static str {
        match self {
            Self::ClientRefused => "CLIENT_REFUSED",
            Self::LoginRefused => "LOGIN_REFUSED",
            Self::RateLimited => "RATE_LIMITED",
            Self::TokenRefused => "TOKEN_REFUSED",
            Self::Unavailable(_) => "UNAVAILABLE",
            Self::Internal(_) => "INTERNAL_ERROR",
        }
    }

    fn cause(&self) -> Option<&anyhow::Error> {
        match self {
            Self::Unavailable(error) | Self::Internal(error) => Some(error),
            Self::ClientRefused | Self::LoginRefused | Self::RateLimited | Self::TokenRefused => {
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

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
        let received = Received { request_id: "r", at: Timestamp::from_millis(0) };
        let shown: Vec<String> = all
            .iter()
            .map(|error| {
                let response = error.response(&received);
                let retry_after = response.headers().get("retry-after");
                let body = String::from_utf8_lossy(response.body().as_ref()).into_owned();
                format!("{} {retry_after:?} {body}", response.status().as_u16())
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        401 None {"error":true,"message":"Not authenticated","code":401}
        404 None {"error":true,"message":"Not authenticated","code":401}
        404 None {"error":true,"message":"Not authenticated","code":401}
        404 None {"error":true,"message":"Not authenticated","code":401}
        500 Some("1") {"error":true,"message":"Internal server error","code":500}
        500 None {"error":true,"message":"Internal server error","code":500}
        "#);
    }
}
