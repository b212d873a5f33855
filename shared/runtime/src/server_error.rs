//! Our own failures, one type for all surfaces.

use crate::outage::is_unavailable;

/// After how many seconds a caller may try again.
const RETRY_AFTER_SECONDS: u64 = 1;

/// Why we could not answer a request. The cause is logged, and never sent.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// A dependency is unavailable, or a write may or may not have been applied.
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

    /// The step in the log.
    pub fn step(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "UNAVAILABLE",
            Self::Internal(_) => "INTERNAL_ERROR",
        }
    }

    /// For `Retry-After`, in seconds: a dependency may come back, a bug doesn't go away.
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
