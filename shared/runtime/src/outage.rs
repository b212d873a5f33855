//! A dependency that is down, and what may be said of an SDK's error.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// A dependency didn't answer, or not in time: the caller may try again.
///
/// Rides along an [`anyhow::Error`] as context; [`is_unavailable`] finds it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a dependency is unavailable")]
pub struct Unavailable;

/// Whether an error means that a dependency is down, rather than that we have a bug.
pub fn is_unavailable(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Unavailable>().is_some()
}

/// What is safe to log of an SDK's error: its code and kind. Messages may quote what a client sent.
pub fn sdk_error<E: ProvideErrorMetadata>(
    error: &SdkError<E, HttpResponse>,
    action: &str,
) -> anyhow::Error {
    let (kind, unavailable) = match error {
        SdkError::TimeoutError(_) => ("timeout", true),
        SdkError::DispatchFailure(_) => ("no connection", true),
        SdkError::ResponseError(_) => ("unreadable response", true),
        SdkError::ServiceError(service) => {
            let code = service.err().code().unwrap_or("unknown error");
            (code, service.raw().status().as_u16() >= 500 || is_throttling(code))
        }
        _ => ("request could not be built", false),
    };
    let error = anyhow::anyhow!("{action}: {kind}");
    if unavailable { error.context(Unavailable) } else { error }
}

fn is_throttling(code: &str) -> bool {
    [
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    ]
    .contains(&code)
}
