//! Failures of commands, and their exit status:
//!
//! | status | meaning |
//! |---|---|
//! | 0 | The command is done. |
//! | 1 | The command was refused or found a problem: by AWS, in the deployment, in rows of a file, or in writing the output; or the operator answered no. |
//! | 2 | The usage was wrong: arguments, variables, credentials, a whole file, or typed input. Nothing was changed. For `diff` alone: the deployment differs from the file. |
//! | 3 | AWS didn't answer in time. The change may or may not have been made. |

use std::fmt;
use std::io::ErrorKind;
use std::process::ExitCode;

use runtime::key_rings::NoValue;
use runtime::outage::{FailedCall, is_unavailable};

/// How to set the environment of the local stack, for messages.
pub(crate) const LOCAL_STACK: &str = "for the local stack, run `set -a; . .local/env`";

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
    /// `postern diff` found something to change.
    Differs,
    /// Nobody reads the output any more, as after `| head`. There is nobody to be told.
    Unread,
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Refused(_) | Self::Failed(_) | Self::Unread => ExitCode::from(1),
            Self::Usage(_) | Self::Differs => ExitCode::from(2),
            Self::Unreachable(_) => ExitCode::from(3),
        }
    }

    /// The failure of `diff`, whose status 2 says that something differs.
    pub(crate) fn without_usage(self) -> Self {
        match self {
            Self::Usage(why) => Self::Refused(why),
            other => other,
        }
    }

    /// The call to AWS that failed.
    pub(crate) fn call(&self) -> Option<&FailedCall> {
        match self {
            Self::Unreachable(error) | Self::Failed(error) => error.downcast_ref(),
            Self::Refused(_) | Self::Usage(_) | Self::Differs | Self::Unread => None,
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
            Self::Differs => formatter.write_str("the deployment differs from the file"),
            Self::Unread => formatter.write_str("nobody reads the output"),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        // To a function, a secret without a value may be filled any moment; an operator has to do it.
        let is_empty_secret = error.downcast_ref::<NoValue>().is_some();
        if is_unavailable(&error) && !is_empty_secret {
            Self::Unreachable(error)
        } else {
            Self::Failed(error)
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Failed(error.into()),
        }
    }
}
