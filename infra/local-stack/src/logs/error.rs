//! Why a call of CloudWatch Logs is refused.

use std::fmt::{self, Display, Formatter};

#[derive(Debug)]
pub(crate) enum Error {
    /// The call can't be read.
    Malformed(String),
    GroupNotFound,
    StreamNotFound,
    StreamExists,
    Invalid(String),
    /// The file of the group can't be read or written.
    Storage(std::io::Error),
}

impl Display for Error {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::GroupNotFound => formatter.write_str("The specified log group does not exist."),
            Self::StreamNotFound => formatter.write_str("The specified log stream does not exist."),
            Self::StreamExists => formatter.write_str("The specified log stream already exists"),
            Self::Malformed(message) | Self::Invalid(message) => formatter.write_str(message),
            Self::Storage(error) => write!(formatter, "The file of the log group: {error}"),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Storage(error)
    }
}
