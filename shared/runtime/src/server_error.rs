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
    /// A sign-out of everyone, or of the user everywhere, is not over: what we issued now would be
    /// refused.
    #[error("a sign-out is not over")]
    SignOutNotOver {
        /// Seconds until it is over.
        retry_after: u64,
    },
    /// A bug of ours.
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
}

impl ServerError {
    /// What failed; `None` if nothing did.
    pub fn cause(&self) -> Option<&anyhow::Error> {
        match self {
            Self::Unavailable(error) | Self::Internal(error) => Some(error),
            Self::SignOutNotOver { .. } => None,
        }
    }

    pub fn into_cause(self) -> anyhow::Error {
        match self {
            Self::Unavailable(error) | Self::Internal(error) => error,
            Self::SignOutNotOver { .. } => self.into(),
        }
    }

    /// The step in the log.
    pub fn step(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "UNAVAILABLE",
            Self::SignOutNotOver { .. } => "SIGN_OUT_NOT_OVER",
            Self::Internal(_) => "INTERNAL_ERROR",
        }
    }

    /// For `Retry-After`, in seconds: a dependency may come back and a sign-out ends, a bug doesn't go
    /// away.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Unavailable(_) => Some(RETRY_AFTER_SECONDS),
            Self::SignOutNotOver { retry_after } => Some(*retry_after),
            Self::Internal(_) => None,
        }
    }
}

impl From<anyhow::Error> for ServerError {
    fn from(error: anyhow::Error) -> Self {
        if is_unavailable(&error) { Self::Unavailable(error) } else { Self::Internal(error) }
    }
}
