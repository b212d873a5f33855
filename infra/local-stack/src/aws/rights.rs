//! Checks the rights of a call before it reaches its service, and refuses it as the service does.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{json, query};
use crate::iam::calls::others::{self, Fields};
use crate::iam::{Permissions, Refusal, caller, request};

/// The largest call that any of the services accepts.
const MAXIMUM_BODY: usize = 10 * 1024 * 1024;

/// A service that this stack stands in for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Service {
    CloudFormation,
    CloudWatch,
    Lambda,
    Logs,
    SecretsManager,
    Ses,
    SesV2,
    Sns,
    Sqs,
}

/// The service of a route, and the roles.
pub(super) type Checked = (Service, Arc<Permissions>);

pub(super) async fn layer(
    State((service, permissions)): State<Checked>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAXIMUM_BODY).await else {
        return service.refuse("RequestEntityTooLarge", "The request is too large.");
    };
    let Some(key) = caller::access_key(&parts) else {
        return service.refuse("MissingAuthenticationToken", "The request has no signature.");
    };
    match permissions.authorize(&key, &service.requests(&parts, &body)) {
        Ok(()) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(Refusal::UnknownKey) => service.refuse(
            service.unknown_key(),
            "The security token included in the request is invalid.",
        ),
        Err(Refusal::Denied(message)) => service.refuse(service.denied(), &message),
    }
}

impl Service {
    fn requests(self, parts: &Parts, body: &[u8]) -> Vec<request::Request> {
        let fields = || form_urlencoded::parse(body).into_owned().collect::<Fields>();
        let operation = json::operation(&parts.headers);
        let value = || serde_json::from_slice(body).unwrap_or(Value::Null);
        match self {
            Self::CloudFormation => others::cloudformation(&fields()),
            Self::CloudWatch => vec![others::any("cloudwatch", operation)],
            Self::Lambda => others::lambda(&parts.uri),
            Self::Logs => others::logs(operation, &value()),
            Self::Ses => others::ses(&fields()),
            // Only this one.
            Self::SesV2 => vec![others::any("ses", "GetAccount")],
            Self::Sns => others::sns(&fields()),
            Self::SecretsManager => others::secrets_manager(operation, &value()),
            Self::Sqs => others::sqs(operation, &value()),
        }
    }

    /// The service's code for a call that the caller's policies don't allow.
    const fn denied(self) -> &'static str {
        match self {
            Self::Lambda | Self::Logs | Self::SecretsManager | Self::SesV2 | Self::Sqs => {
                "AccessDeniedException"
            }
            Self::Sns => "AuthorizationError",
            Self::CloudFormation | Self::CloudWatch | Self::Ses => "AccessDenied",
        }
    }

    const fn unknown_key(self) -> &'static str {
        match self {
            Self::CloudFormation | Self::CloudWatch | Self::Ses | Self::Sns => {
                "InvalidClientTokenId"
            }
            Self::Lambda | Self::Logs | Self::SecretsManager | Self::SesV2 | Self::Sqs => {
                "UnrecognizedClientException"
            }
        }
    }

    fn refuse(self, code: &str, message: &str) -> Response {
        let namespace = match self {
            Self::CloudFormation => super::cloudformation::NAMESPACE,
            Self::Ses => super::ses::NAMESPACE,
            Self::Sns => super::sns::NAMESPACE,
            Self::CloudWatch
            | Self::Lambda
            | Self::Logs
            | Self::SecretsManager
            | Self::SesV2
            | Self::Sqs => {
                let body = json!({ "__type": code, "message": message, "Message": message });
                let kind = [(header::CONTENT_TYPE, "application/x-amz-json-1.1")];
                let is_rest = matches!(self, Self::Lambda | Self::SesV2);
                let status = if is_rest { StatusCode::FORBIDDEN } else { StatusCode::BAD_REQUEST };
                return (status, kind, Json(body)).into_response();
            }
        };
        query::error(StatusCode::FORBIDDEN, namespace, code, message)
    }
}
