//! Why a command was not done, and the exit status that says so. The rule, for every command:
//!
//! | status | |
//! |---|---|
//! | 0 | it is done |
//! | 1 | it was refused, or something was found wrong: by the deployment as it is, by whoever was asked, in rows of a file, or by whatever was to take the output |
//! | 2 | it was asked for in a way that can't be done: a fault in arguments, variables, a file as a whole, or what was typed, told before anything is changed |
//! | 3 | AWS didn't answer, or not in time: perhaps it is done, perhaps not |

use std::fmt;
use std::process::ExitCode;

/// A command's result.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// Why a command was not done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It can't be done, or what was looked at is wrong.
    Refused(String),
    /// It was not asked for in a way that could be done.
    Usage(String),
    /// AWS didn't answer: perhaps it was done, perhaps not.
    Unreachable(anyhow::Error),
    /// Anything else.
    Failed(anyhow::Error),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Refused(_) | Self::Failed(_) => ExitCode::from(1),
            Self::Usage(_) => ExitCode::from(2),
            Self::Unreachable(_) => ExitCode::from(3),
        }
    }
}

/// A refusal in these words.
pub(crate) fn refused<T>(why: impl Into<String>) -> Result<T> {
    Err(Failure::Refused(why.into()))
}

/// A complaint about how something was asked for, in these words.
pub(crate) fn usage<T>(why: impl Into<String>) -> Result<T> {
    Err(Failure::Usage(why.into()))
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) | Self::Usage(why) => formatter.write_str(why),
            Self::Unreachable(error) => {
                write!(
                    formatter,
                    "no answer from AWS; the change may or may not have been made: look with `show` or `list`, then run \
                     the command again ({error:#})"
                )
            }
            Self::Failed(error) => write!(formatter, "{error:#}"),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        if runtime::outage::is_unavailable(&error) {
            Self::Unreachable(error)
        } else {
            Self::Failed(error)
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.into())
    }
}
