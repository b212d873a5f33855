//! Failures of commands, and their exit status:
//!
//! | status | meaning |
//! |---|---|
//! | 0 | The command is done. |
//! | 1 | The command was refused or found a problem: in the deployment, in rows of a file, or in writing the output; or the operator answered no. |
//! | 2 | The usage was wrong: arguments, variables, a whole file, or typed input. Nothing was changed. |
//! | 3 | AWS didn't answer in time. The change may or may not have been made. |

use std::fmt;
use std::process::ExitCode;

/// A command's result.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command was refused, or found a problem.
    Refused(String),
    /// The usage was wrong.
    Usage(String),
    /// AWS didn't answer. The change may or may not have been made.
    Unreachable(anyhow::Error),
    /// Any other error.
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

pub(crate) fn refused<T>(why: impl Into<String>) -> Result<T> {
    Err(Failure::Refused(why.into()))
}

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
