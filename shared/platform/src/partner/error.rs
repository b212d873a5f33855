//! Every refusal of the partner surface, and the one place that knows what it looks like.
//!
//! A client tells refusals apart by words of `detail` (partner contract §3.5): `scope`, then `secret`,
//! else the token; `deprecated` for a 400. A test holds the texts apart. Which check failed beyond that
//! is for the log alone, under the request's id.

use domain::time::Timestamp;
use lambda_http::{Body, Response};
use serde::Serialize;

use super::envelope::{Problem, Refusal};
use crate::fault::Fault;
use crate::http::{self, Failure, Malformed, Received};

/// Where the contract's error types live.
const TYPES: &str = "https://parchment.health/errors/";

/// Why a request was refused.
#[derive(Debug, thiserror::Error)]
pub enum PartnerError {
    /// The path names no organization.
    #[error("organization id required")]
    OrganizationRequired,
    /// The partner's secret came where the organization's is wanted.
    #[error("deprecated header")]
    DeprecatedHeader,
    /// No organization's secret, or a blank one.
    #[error("organization secret required")]
    SecretRequired,
    /// No Bearer token.
    #[error("token required")]
    TokenRequired,
    /// Something about the token.
    #[error("invalid token")]
    InvalidToken(TokenFault),
    /// The organization's secret is another.
    #[error("wrong organization secret")]
    WrongSecret,
    /// The token lacks the scope.
    #[error("scope missing")]
    ScopeMissing,
    /// The token is for another organization, or its user is not in this one.
    #[error("no access to the organization")]
    NoAccess,
    /// Something about the five headers that ask for a token.
    #[error("invalid partner credentials")]
    InvalidCredentials(CredentialFault),
    /// The body is no JSON object.
    #[error("malformed body")]
    MalformedBody,
    /// Fields of the body.
    #[error("invalid fields")]
    InvalidFields(Vec<FieldFault>),
    /// Nothing that the caller did.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What is wrong with a token: one answer for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// No JWT, another algorithm, a bad signature, a claim missing or impossible.
    Invalid,
    /// Was good once.
    Expired,
    /// Names a key that isn't published (any more).
    UnknownKey,
    /// Its partner is not registered (any more).
    UnknownPartner,
    /// The organization doesn't exist, or is not connected to the token's partner.
    NotConnected,
}

/// What is wrong with the headers that ask for a token: one answer for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialFault {
    /// One is missing or blank.
    Missing,
    /// No such partner.
    UnknownPartner,
    /// The partner's secret is another.
    WrongPartnerSecret,
    /// The organization doesn't exist, or is not connected to this partner.
    NotConnected,
    /// The organization's secret is another.
    WrongOrganizationSecret,
    /// Not a user of this organization, or a disabled one.
    UnknownUser,
}

/// What is wrong with one field of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldFault {
    field: &'static str,
    message: String,
    code: &'static str,
}

impl FieldFault {
    /// About a field. The message must not quote what was sent.
    #[must_use]
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into(), code: "VALIDATION_ERROR" }
    }
}

impl From<anyhow::Error> for PartnerError {
    fn from(error: anyhow::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Malformed> for PartnerError {
    fn from(_: Malformed) -> Self {
        Self::MalformedBody
    }
}

/// Status, error type, title and detail.
type Face = (u16, &'static str, &'static str, &'static str);

impl PartnerError {
    fn face(&self) -> Face {
        let unauthorized = |detail| (401, "authentication-required", "Unauthorized", detail);
        match self {
            Self::OrganizationRequired => {
                (400, "bad-request", "Bad Request", "Organization ID is required")
            }
            Self::DeprecatedHeader => (
                400,
                "deprecated-header",
                "Deprecated header used",
                "x-partner-secret is deprecated. Please use x-organization-secret instead",
            ),
            Self::SecretRequired => unauthorized("Missing x-organization-secret"),
            Self::TokenRequired => unauthorized("Valid authentication token is required"),
            Self::InvalidToken(_) => unauthorized("invalid token"),
            Self::WrongSecret => unauthorized("Invalid x-organization-secret"),
            Self::ScopeMissing => (
                401,
                "insufficient-scope",
                "Insufficient permissions",
                "Token does not have required CREATE_PATIENT scope",
            ),
            Self::NoAccess => (
                401,
                "access-denied",
                "Unauthorized",
                "User does not have access to this organization",
            ),
            Self::InvalidCredentials(_) => unauthorized("Invalid partner credentials provided."),
            Self::MalformedBody => {
                (400, "invalid-request", "Bad Request", "The body must be a JSON object.")
            }
            Self::InvalidFields(_) => (
                422,
                "validation-error",
                "Validation failed",
                "There were some problems with your input.",
            ),
            // The contract has no 503.
            Self::Fault(_) => (
                500,
                "internal-server-error",
                "Internal Server Error",
                "An unexpected error occurred during validation",
            ),
        }
    }

    fn fields(&self) -> &[FieldFault] {
        match self {
            Self::InvalidFields(faults) => faults,
            Self::OrganizationRequired
            | Self::DeprecatedHeader
            | Self::SecretRequired
            | Self::TokenRequired
            | Self::InvalidToken(_)
            | Self::WrongSecret
            | Self::ScopeMissing
            | Self::NoAccess
            | Self::InvalidCredentials(_)
            | Self::MalformedBody
            | Self::Fault(_) => &[],
        }
    }

    /// The check that failed, for the log.
    #[must_use]
    pub fn step(&self) -> &'static str {
        match self {
            Self::OrganizationRequired => "ORGANIZATION_REQUIRED",
            Self::DeprecatedHeader => "DEPRECATED_HEADER",
            Self::SecretRequired => "ORGANIZATION_SECRET_REQUIRED",
            Self::TokenRequired => "TOKEN_REQUIRED",
            Self::InvalidToken(TokenFault::Invalid) => "TOKEN_INVALID",
            Self::InvalidToken(TokenFault::Expired) => "TOKEN_EXPIRED",
            Self::InvalidToken(TokenFault::UnknownKey) => "TOKEN_KEY_UNKNOWN",
            Self::InvalidToken(TokenFault::UnknownPartner)
            | Self::InvalidCredentials(CredentialFault::UnknownPartner) => "PARTNER_UNKNOWN",
            Self::InvalidToken(TokenFault::NotConnected)
            | Self::InvalidCredentials(CredentialFault::NotConnected) => {
                "ORGANIZATION_NOT_CONNECTED"
            }
            Self::WrongSecret
            | Self::InvalidCredentials(CredentialFault::WrongOrganizationSecret) => {
                "ORGANIZATION_SECRET_WRONG"
            }
            Self::ScopeMissing => "SCOPE_MISSING",
            Self::NoAccess => "ORGANIZATION_NOT_OWN",
            Self::InvalidCredentials(CredentialFault::Missing) => "CREDENTIALS_REQUIRED",
            Self::InvalidCredentials(CredentialFault::WrongPartnerSecret) => "PARTNER_SECRET_WRONG",
            Self::InvalidCredentials(CredentialFault::UnknownUser) => "USER_UNKNOWN",
            Self::MalformedBody => "BODY_MALFORMED",
            Self::InvalidFields(_) => "FIELDS_INVALID",
            Self::Fault(fault) => fault.outcome(),
        }
    }
}

impl Failure for PartnerError {
    fn request_id(_gateways: &str, now: Timestamp) -> String {
        domain::partner::request_id(now)
    }

    fn response(&self, received: &Received<'_>) -> Response<Body> {
        let (status_code, kind, title, detail) = self.face();
        let validation = self.fields();
        let error = Problem { r#type: format!("{TYPES}{kind}"), title, detail, validation };
        let (timestamp, request_id) = (received.at.rfc3339(), received.request_id);
        let refusal = Refusal { success: false, status_code, error, timestamp, request_id };
        http::refuse(status_code, &refusal, self.fault().and_then(Fault::retry_after))
    }

    fn outcome(&self) -> &'static str {
        self.step()
    }

    fn fault(&self) -> Option<&Fault> {
        if let Self::Fault(fault) = self { Some(fault) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::aws::Unavailable;

    fn all() -> Vec<PartnerError> {
        let secret = || anyhow::anyhow!("a cause that nobody outside may read");
        vec![
            PartnerError::OrganizationRequired,
            PartnerError::DeprecatedHeader,
            PartnerError::SecretRequired,
            PartnerError::TokenRequired,
            PartnerError::InvalidToken(TokenFault::Expired),
            PartnerError::WrongSecret,
            PartnerError::ScopeMissing,
            PartnerError::NoAccess,
            PartnerError::InvalidCredentials(CredentialFault::UnknownUser),
            PartnerError::MalformedBody,
            PartnerError::InvalidFields(vec![FieldFault::new("scope", "Required")]),
            PartnerError::from(secret().context(Unavailable)),
            PartnerError::from(secret()),
        ]
    }

    fn response(error: &PartnerError) -> Response<Body> {
        let at = Timestamp::from_millis(1_705_314_600_000);
        error.response(&Received { request_id: "req_1705314600000_abc123", at })
    }

    fn body(error: &PartnerError) -> Value {
        serde_json::from_slice(response(error).body().as_ref()).unwrap()
    }

    #[test]
    fn every_refusal_has_its_status_headers_and_body() {
        let shown: Vec<String> = all()
            .iter()
            .map(|error| {
                let response = response(error);
                let retry_after = response.headers().get("retry-after");
                let mut body = body(error);
                let envelope = ["success", "statusCode", "timestamp", "requestId"]
                    .map(|name| body.as_object_mut().unwrap().remove(name).unwrap().to_string());
                let status = response.status().as_u16();
                assert_eq!(
                    envelope.join(" "),
                    format!(
                        r#"false {status} "2024-01-15T10:30:00.000Z" "req_1705314600000_abc123""#
                    )
                );
                format!("{status} {retry_after:?} {body}")
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        400 None {"error":{"detail":"Organization ID is required","title":"Bad Request","type":"https://parchment.health/errors/bad-request"}}
        400 None {"error":{"detail":"x-partner-secret is deprecated. Please use x-organization-secret instead","title":"Deprecated header used","type":"https://parchment.health/errors/deprecated-header"}}
        401 None {"error":{"detail":"Missing x-organization-secret","title":"Unauthorized","type":"https://parchment.health/errors/authentication-required"}}
        401 None {"error":{"detail":"Valid authentication token is required","title":"Unauthorized","type":"https://parchment.health/errors/authentication-required"}}
        401 None {"error":{"detail":"invalid token","title":"Unauthorized","type":"https://parchment.health/errors/authentication-required"}}
        401 None {"error":{"detail":"Invalid x-organization-secret","title":"Unauthorized","type":"https://parchment.health/errors/authentication-required"}}
        401 None {"error":{"detail":"Token does not have required CREATE_PATIENT scope","title":"Insufficient permissions","type":"https://parchment.health/errors/insufficient-scope"}}
        401 None {"error":{"detail":"User does not have access to this organization","title":"Unauthorized","type":"https://parchment.health/errors/access-denied"}}
        401 None {"error":{"detail":"Invalid partner credentials provided.","title":"Unauthorized","type":"https://parchment.health/errors/authentication-required"}}
        400 None {"error":{"detail":"The body must be a JSON object.","title":"Bad Request","type":"https://parchment.health/errors/invalid-request"}}
        422 None {"error":{"detail":"There were some problems with your input.","title":"Validation failed","type":"https://parchment.health/errors/validation-error","validation":[{"code":"VALIDATION_ERROR","field":"scope","message":"Required"}]}}
        500 Some("1") {"error":{"detail":"An unexpected error occurred during validation","title":"Internal Server Error","type":"https://parchment.health/errors/internal-server-error"}}
        500 None {"error":{"detail":"An unexpected error occurred during validation","title":"Internal Server Error","type":"https://parchment.health/errors/internal-server-error"}}
        "#);
    }

    #[test]
    fn clients_can_tell_refusals_apart_by_their_words() {
        for error in all() {
            let body = body(&error);
            let detail = body["error"]["detail"].as_str().unwrap();
            let has = ["scope", "secret", "deprecated"].map(|word| detail.contains(word));
            let expected = match &error {
                PartnerError::ScopeMissing => [true, false, false],
                PartnerError::SecretRequired | PartnerError::WrongSecret => [false, true, false],
                PartnerError::DeprecatedHeader => [false, true, true],
                _ => [false, false, false],
            };
            assert_eq!(has, expected, "{error}");
        }
    }
}
