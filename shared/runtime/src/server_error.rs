//! Our own failures: the same type in the refusals of every surface.

use crate::outage::is_unavailable;

/// How soon a caller may try again after a dependency was down, in seconds.
const RETRY_AFTER_SECONDS: u64 = 1;

/// Why a request that may be a good one was not answered. The cause is logged, and never sent.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// A dependency is down, or a write's fate can't be told.
    #[error("unavailable")]
    Unavailable(#[source] anyhow::Error),
    /// A bug of ours.
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
}

impl ServerError {
    pub fn cause(&self) -> &anyhow::Error {
        match self {
            Self::Unavailable(error) | Self::Internal(error) => error,
        }
    }

    pub fn into_cause(self) -> anyhow::Error {
        match self {
            Self::Unavailable(error) | Self::Internal(error) => error,
        }
    }

    /// One word for the log.
    pub fn step(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "UNAVAILABLE",
            Self::Internal(_) => "INTERNAL_ERROR",
        }
    }

    /// For `Retry-After`, in seconds: what is down may come back, a bug does not go away.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Unavailable(_) => Some(RETRY_AFTER_SECONDS),
            Self::Internal(_) => None,
        }
    }
}

impl From<anyhow::Error> for ServerError {
    fn from(error: anyhow::Error) -> Self {
        if is_unavailable(&error) { Self::Unavailable(error) } else { Self::Internal(error) }
    }
}
