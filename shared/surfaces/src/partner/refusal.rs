//! Every refusal of the partner surface, with its answer.
//!
//! Clients distinguish refusals by words in `detail` (partner contract §3.5): `scope`, then `secret`,
//! else it is the token; `deprecated` in a 400. A test checks the texts. Only the log says more about
//! the failed check, under the request's id.

use domain::time::Timestamp;
use lambda_http::{Body, Response};
use runtime::http::{self, Extra, Malformed, Received};
use runtime::server_error::ServerError;
use serde::Serialize;

/// The prefix of the contract's error types.
const TYPES: &str = "https://parchment.health/errors/";

/// Why a request was refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The path has no organization id.
    #[error("organization id required")]
    OrganizationRequired,
    /// The request has the partner's secret in place of the organization's.
    #[error("deprecated header")]
    DeprecatedHeader,
    /// The organization's secret is missing or blank.
    #[error("organization secret required")]
    SecretRequired,
    /// The Bearer token is missing.
    #[error("token required")]
    TokenRequired,
    #[error("invalid token")]
    InvalidToken(TokenRefusal),
    #[error("wrong organization secret")]
    WrongSecret,
    /// The token doesn't have the scope, or the organization doesn't grant it any more.
    #[error("scope missing")]
    ScopeMissing,
    /// The token is for another organization, or its user may not use it.
    #[error("no access to the organization")]
    NoAccess,
    /// One of the five headers of a request for a token is wrong.
    #[error("invalid partner credentials")]
    InvalidCredentials(CredentialRefusal),
    /// The body is not a JSON object.
    #[error("malformed body")]
    MalformedBody(Malformed),
    #[error("invalid fields")]
    InvalidFields(Vec<InvalidField>),
    #[error(transparent)]
    ServerError(#[from] ServerError),
}

/// What is wrong with a token. The answer is the same for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRefusal {
    /// Not a JWT; a wrong algorithm or signature; a missing or impossible claim.
    Invalid,
    Expired,
    /// The token's key is not published: not yet, or no longer.
    UnknownKey,
    /// The token's partner was not found.
    UnknownPartner,
    /// The organization was not found, or is not connected to the token's partner.
    NotConnected,
}

/// What is wrong with the headers of a request for a token. The answer is the same for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialRefusal {
    /// A header is missing or blank.
    Missing,
    UnknownPartner,
    WrongPartnerSecret,
    /// The organization was not found, or is not connected to the partner.
    NotConnected,
    WrongOrganizationSecret,
    /// The organization doesn't have this user, or the user is disabled.
    UnknownUser,
}

/// What is wrong with one field of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InvalidField {
    field: &'static str,
    message: String,
    code: &'static str,
}

impl InvalidField {
    /// The message must not quote what the client sent.
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into(), code: "VALIDATION_ERROR" }
    }
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

/// The answer to the client, and the step in the log.
struct Row {
    status: u16,
    /// The last segment of the error type.
    kind: &'static str,
    title: &'static str,
    detail: &'static str,
    step: &'static str,
    extra: Extra,
}

const fn row(
    status: u16,
    kind: &'static str,
    title: &'static str,
    detail: &'static str,
    step: &'static str,
) -> Row {
    Row { status, kind, title, detail, step, extra: Extra::NONE }
}

/// A 401, and the scheme of the credential that it asks for (RFC 9110 §11.6.1).
const fn unauthorized(
    challenge: &'static str,
    kind: &'static str,
    title: &'static str,
    detail: &'static str,
    step: &'static str,
) -> Row {
    Row { extra: Extra::challenge(challenge), ..row(401, kind, title, detail, step) }
}

/// The 401 that most refusals are.
const fn unauthenticated(challenge: &'static str, detail: &'static str, step: &'static str) -> Row {
    unauthorized(challenge, "authentication-required", "Unauthorized", detail, step)
}

const SECRET: &str = r#"Secret realm="partner""#;
const TOKEN: &str = r#"Bearer realm="partner""#;
const ANOTHER_TOKEN: &str = r#"Bearer realm="partner", error="invalid_token""#;
const MORE_SCOPE: &str =
    r#"Bearer realm="partner", error="insufficient_scope", scope="create:patient""#;

impl Refusal {
    #[rustfmt::skip]
    fn row(&self) -> Row {
        match self {
            Self::OrganizationRequired => row(400, "bad-request", "Bad Request", "Organization ID is required", "ORGANIZATION_REQUIRED"),
            Self::DeprecatedHeader => row(400, "deprecated-header", "Deprecated header used", "x-partner-secret is deprecated. Please use x-organization-secret instead", "DEPRECATED_HEADER"),
            Self::MalformedBody(malformed) => row(400, "invalid-request", "Bad Request", "The body must be a JSON object.", malformed.step()),
            Self::SecretRequired => unauthenticated(SECRET, "Missing x-organization-secret", "ORGANIZATION_SECRET_REQUIRED"),
            Self::TokenRequired => unauthenticated(TOKEN, "Valid authentication token is required", "TOKEN_REQUIRED"),
            Self::InvalidToken(refusal) => unauthenticated(ANOTHER_TOKEN, "invalid token", refusal.step()),
            Self::WrongSecret => unauthenticated(SECRET, "Invalid x-organization-secret", "ORGANIZATION_SECRET_WRONG"),
            Self::InvalidCredentials(refusal) => unauthenticated(SECRET, "Invalid partner credentials provided.", refusal.step()),
            Self::ScopeMissing => unauthorized(MORE_SCOPE, "insufficient-scope", "Insufficient permissions", "Token does not have required CREATE_PATIENT scope", "SCOPE_MISSING"),
            Self::NoAccess => unauthorized(ANOTHER_TOKEN, "access-denied", "Unauthorized", "User does not have access to this organization", "ORGANIZATION_NOT_OWN"),
            Self::InvalidFields(_) => row(422, "validation-error", "Validation failed", "There were some problems with your input.", "FIELDS_INVALID"),
            // The contract doesn't have a 503.
            Self::ServerError(error) => Row {
                extra: Extra::retry_after(error.retry_after()),
                ..row(500, "internal-server-error", "Internal Server Error", "An unexpected error occurred during validation", error.step())
            },
        }
    }

    fn fields(&self) -> &[InvalidField] {
        if let Self::InvalidFields(fields) = self { fields } else { &[] }
    }
}

impl TokenRefusal {
    const fn step(self) -> &'static str {
        match self {
            Self::Invalid => "TOKEN_INVALID",
            Self::Expired => "TOKEN_EXPIRED",
            Self::UnknownKey => "TOKEN_KEY_UNKNOWN",
            Self::UnknownPartner => "PARTNER_UNKNOWN",
            Self::NotConnected => "ORGANIZATION_NOT_CONNECTED",
        }
    }
}

impl CredentialRefusal {
    const fn step(self) -> &'static str {
        match self {
            Self::Missing => "CREDENTIALS_REQUIRED",
            Self::UnknownPartner => "PARTNER_UNKNOWN",
            Self::WrongPartnerSecret => "PARTNER_SECRET_WRONG",
            Self::NotConnected => "ORGANIZATION_NOT_CONNECTED",
            Self::WrongOrganizationSecret => "ORGANIZATION_SECRET_WRONG",
            Self::UnknownUser => "USER_UNKNOWN",
        }
    }
}

/// The envelope of a refusal.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'s> {
    success: bool,
    status_code: u16,
    error: Problem<'s>,
    timestamp: String,
    request_id: &'s str,
}

/// A problem (RFC 9457), with the invalid fields.
#[derive(Serialize)]
struct Problem<'s> {
    r#type: String,
    title: &'static str,
    detail: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    validation: &'s [InvalidField],
}

impl http::Refusal for Refusal {
    const SURFACE: &'static str = "partner";

    fn request_id(_gateway_request_id: &str, now: Timestamp) -> String {
        domain::partner::request_id(now)
    }

    fn response(&self, received: &Received<'_>) -> Response<Body> {
        let Row { status: status_code, kind, title, detail, extra, .. } = self.row();
        let validation = self.fields();
        let error = Problem { r#type: format!("{TYPES}{kind}"), title, detail, validation };
        let (timestamp, request_id) = (received.at.rfc3339(), received.request_id);
        let envelope = Envelope { success: false, status_code, error, timestamp, request_id };
        http::refuse(status_code, &envelope, extra)
    }

    fn word(&self) -> &'static str {
        self.row().detail
    }

    fn step(&self) -> &'static str {
        self.row().step
    }

    fn metric(&self) -> Option<&'static str> {
        match self {
            Self::SecretRequired | Self::WrongSecret | Self::InvalidCredentials(_) => {
                Some("SecretRefused")
            }
            Self::TokenRequired | Self::InvalidToken(_) | Self::ScopeMissing | Self::NoAccess => {
                Some("TokenRefused")
            }
            Self::OrganizationRequired
            | Self::DeprecatedHeader
            | Self::MalformedBody(_)
            | Self::InvalidFields(_)
            | Self::ServerError(_) => None,
        }
    }

    fn server_error(&self) -> Option<&ServerError> {
        if let Self::ServerError(error) = self { Some(error) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use runtime::http::Refusal as _;
    use runtime::outage::Unavailable;
    use serde_json::Value;

    use super::*;
    use crate::refusals::{assert_explained, own_headers};

    fn all() -> Vec<Refusal> {
        let secret = || anyhow::anyhow!("a cause that callers must not read");
        vec![
            Refusal::OrganizationRequired,
            Refusal::DeprecatedHeader,
            Refusal::SecretRequired,
            Refusal::TokenRequired,
            Refusal::InvalidToken(TokenRefusal::Expired),
            Refusal::WrongSecret,
            Refusal::ScopeMissing,
            Refusal::NoAccess,
            Refusal::InvalidCredentials(CredentialRefusal::UnknownUser),
            Refusal::MalformedBody(Malformed::Content),
            Refusal::InvalidFields(vec![InvalidField::new("scope", "Required")]),
            Refusal::from(secret().context(Unavailable)),
            Refusal::from(ServerError::SignOutNotOver { retry_after: 70 }),
            Refusal::from(secret()),
        ]
    }

    fn response(error: &Refusal) -> Response<Body> {
        let at = Timestamp::from_millis(1_705_314_600_000);
        error.response(&Received { request_id: "req_1705314600000_abc123", at })
    }

    fn body(error: &Refusal) -> Value {
        serde_json::from_slice(response(error).body().as_ref()).unwrap()
    }

    #[test]
    fn every_refusal_has_its_status_headers_and_body() {
        let shown: Vec<String> = all()
            .iter()
            .map(|error| {
                let response = response(error);
                let own = own_headers(&response);
                let mut body = body(error);
                let envelope = ["success", "statusCode", "timestamp", "requestId"]
                    .map(|name| body.as_object_mut().unwrap().remove(name).unwrap().to_string());
                let status = response.status().as_u16();
                assert_explained(error, status);
                assert_eq!(
                    envelope.join(" "),
                    format!(
                        r#"false {status} "2024-01-15T10:30:00.000Z" "req_1705314600000_abc123""#
                    )
                );
                format!("{status} {own} {body}")
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        400 [] {"error":{"detail":"Organization ID is required","title":"Bad Request","type":"https://parchment.health/errors/bad-request"}}
        400 [] {"error":{"detail":"x-partner-secret is deprecated. Please use x-organization-secret instead","title":"Deprecated header used","type":"https://parchment.health/errors/deprecated-header"}}
        401 [Secret realm="partner"] {"error":{"detail":"Missing x-organization-secret","title":"Unauthorized","type":"https://parchment.health/errors/authentication-required"}}
        401 [Bearer realm="partner"] {"error":{"detail":"Valid authentication token is required","title":"Unauthorized","type":"https://parchment.health/errors/authentication-required"}}
        401 [Bearer realm="partner", error="invalid_token"] {"error":{"detail":"invalid token","title":"Unauthorized","type":"https://parchment.health/errors/authentication-required"}}
        401 [Secret realm="partner"] {"error":{"detail":"Invalid x-organization-secret","title":"Unauthorized","type":"https://parchment.health/errors/authentication-required"}}
        401 [Bearer realm="partner", error="insufficient_scope", scope="create:patient"] {"error":{"detail":"Token does not have required CREATE_PATIENT scope","title":"Insufficient permissions","type":"https://parchment.health/errors/insufficient-scope"}}
        401 [Bearer realm="partner", error="invalid_token"] {"error":{"detail":"User does not have access to this organization","title":"Unauthorized","type":"https://parchment.health/errors/access-denied"}}
        401 [Secret realm="partner"] {"error":{"detail":"Invalid partner credentials provided.","title":"Unauthorized","type":"https://parchment.health/errors/authentication-required"}}
        400 [] {"error":{"detail":"The body must be a JSON object.","title":"Bad Request","type":"https://parchment.health/errors/invalid-request"}}
        422 [] {"error":{"detail":"There were some problems with your input.","title":"Validation failed","type":"https://parchment.health/errors/validation-error","validation":[{"code":"VALIDATION_ERROR","field":"scope","message":"Required"}]}}
        500 [1] {"error":{"detail":"An unexpected error occurred during validation","title":"Internal Server Error","type":"https://parchment.health/errors/internal-server-error"}}
        500 [70] {"error":{"detail":"An unexpected error occurred during validation","title":"Internal Server Error","type":"https://parchment.health/errors/internal-server-error"}}
        500 [] {"error":{"detail":"An unexpected error occurred during validation","title":"Internal Server Error","type":"https://parchment.health/errors/internal-server-error"}}
        "#);
    }

    #[test]
    fn clients_can_tell_refusals_apart_by_their_words() {
        for error in all() {
            let body = body(&error);
            let detail = body["error"]["detail"].as_str().unwrap();
            let has = ["scope", "secret", "deprecated"].map(|word| detail.contains(word));
            let expected = match &error {
                Refusal::ScopeMissing => [true, false, false],
                Refusal::SecretRequired | Refusal::WrongSecret => [false, true, false],
                Refusal::DeprecatedHeader => [false, true, true],
                _ => [false; 3],
            };
            assert_eq!(has, expected, "{error}");
        }
    }
}
