//! Dependencies that are unavailable, and errors of the AWS SDK.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// A dependency didn't answer in time: the caller may try again.
///
/// It is the context of an [`anyhow::Error`]; [`is_unavailable`] finds it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a dependency is unavailable")]
pub struct Unavailable;

/// A call that AWS refused, or that got no answer: the cause of an [`anyhow::Error`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{action}: {code}")]
pub struct FailedCall {
    /// E.g. `GetItem`.
    pub action: String,
    /// The code of AWS's error, or the kind of the SDK's.
    pub code: String,
}

impl FailedCall {
    /// Whether AWS asked for a pause.
    pub fn is_throttled(&self) -> bool {
        is_throttling(&self.code)
    }
}

/// Whether a dependency is unavailable; any other error is a bug of ours.
pub fn is_unavailable(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Unavailable>().is_some()
}

/// The error of a call to AWS, with the code or the kind of the SDK's error. Its message is left out:
/// it may quote what a client sent.
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
    let call = FailedCall { action: action.to_owned(), code: kind.to_owned() };
    let error = anyhow::Error::new(call);
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
