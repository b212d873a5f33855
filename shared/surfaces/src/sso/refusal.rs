//! Every refusal of the identity provider, with its answer.

use lambda_http::{Body, Response};
use runtime::http::{self, Extra, Malformed, Received};
use runtime::server_error::ServerError;
use serde::Serialize;

/// Why a request was refused. Callers can distinguish two cases, by the status: the client was refused,
/// or the user or token was.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A header is missing, the client was not found, its API token is wrong, or it may not do this.
    #[error("client refused")]
    ClientRefused,
    /// The body is no form.
    #[error(transparent)]
    MalformedForm(Malformed),
    /// The form has no email or no password, the user was not found or may not sign in, or the
    /// password is wrong.
    #[error("login refused")]
    LoginRefused,
    /// There were too many attempts for one email. The contract has no answer of its own for that.
    #[error("rate limited")]
    RateLimited,
    /// The token was not found, is not live or is another user's, or its user may not sign in.
    #[error("token refused")]
    TokenRefused,
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
        Self::MalformedForm(malformed)
    }
}

/// The answer to the client, and the step in the log. `code` is in the body. With a status of 404 it is
/// 401: both are in the contract, and clients distinguish refusals by the status.
struct Row {
    status: u16,
    code: u16,
    message: &'static str,
    step: &'static str,
    extra: Extra,
}

const fn row(status: u16, code: u16, message: &'static str, step: &'static str) -> Row {
    Row { status, code, message, step, extra: Extra::NONE }
}

/// What a 401 asks for (RFC 9110 §11.6.1): the client's own pair.
const CLIENT: Extra = Extra::challenge(r#"ClientToken realm="sso""#);

#[derive(Serialize)]
struct Envelope {
    error: bool,
    message: &'static str,
    code: u16,
}

impl Refusal {
    fn row(&self) -> Row {
        match self {
            Self::ClientRefused => {
                Row { extra: CLIENT, ..row(401, 401, "Not authenticated", "CLIENT_REFUSED") }
            }
            Self::LoginRefused => row(404, 401, "Not authenticated", "LOGIN_REFUSED"),
            Self::MalformedForm(malformed) => row(404, 401, "Not authenticated", malformed.step()),
            Self::RateLimited => row(404, 401, "Not authenticated", "RATE_LIMITED"),
            Self::TokenRefused => row(404, 401, "Not authenticated", "TOKEN_REFUSED"),
            // The contract doesn't have a 503.
            Self::ServerError(error) => Row {
                extra: Extra::retry_after(error.retry_after()),
                ..row(500, 500, "Internal server error", error.step())
            },
        }
    }
}

impl http::Refusal for Refusal {
    const SURFACE: &'static str = "sso";

    fn response(&self, _: &Received<'_>) -> Response<Body> {
        let Row { status, code, message, extra, .. } = self.row();
        http::refuse(status, &Envelope { error: true, message, code }, extra)
    }

    fn word(&self) -> &'static str {
        self.row().message
    }

    fn step(&self) -> &'static str {
        self.row().step
    }

    fn metric(&self) -> Option<&'static str> {
        match self {
            Self::ClientRefused => Some("ClientRefused"),
            Self::LoginRefused => Some("PasswordRefused"),
            Self::RateLimited => Some("RateLimited"),
            Self::TokenRefused => Some("TokenRefused"),
            Self::MalformedForm(_) | Self::ServerError(_) => None,
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
            Refusal::ClientRefused,
            Refusal::LoginRefused,
            Refusal::MalformedForm(Malformed::Content),
            Refusal::RateLimited,
            Refusal::TokenRefused,
            Refusal::from(secret().context(Unavailable)),
            Refusal::from(ServerError::SignOutNotOver { retry_after: 70 }),
            Refusal::from(secret()),
        ];
        insta::assert_snapshot!(shown(&all), @r#"
        401 [ClientToken realm="sso"] {"error":true,"message":"Not authenticated","code":401}
        404 [] {"error":true,"message":"Not authenticated","code":401}
        404 [] {"error":true,"message":"Not authenticated","code":401}
        404 [] {"error":true,"message":"Not authenticated","code":401}
        404 [] {"error":true,"message":"Not authenticated","code":401}
        500 [1] {"error":true,"message":"Internal server error","code":500}
        500 [70] {"error":true,"message":"Internal server error","code":500}
        500 [] {"error":true,"message":"Internal server error","code":500}
        "#);
    }
}
