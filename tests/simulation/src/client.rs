//! Calls of clients, and their answers.

use domain::time::Timestamp;
use workbench::portal::Answer;

/// One call.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    /// Requests a code, perhaps with an idempotency key.
    Send { key: Option<String> },
    /// Presents digits: those of the code at this place in the history, or wrong ones.
    Verify { digits: String, code: Option<usize> },
    /// Presents a refresh token. `family` and `token` are places in the history.
    Refresh { family: usize, token: usize, key: Option<String> },
    /// Signs out with a token of a family.
    Logout { family: usize, token: usize },
    /// An operator signs the patient out everywhere.
    SignOutEverywhere { bound: Timestamp },
    /// An operator signs the whole organization out.
    Fence { bound: Timestamp },
}

/// How a call ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// The caller got an answer.
    Answered(Answer),
    /// The function or the connection crashed: the caller got no answer.
    Crashed,
}

impl End {
    /// The code of the answer.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Answered(answer) => answer.code(),
            Self::Crashed => "CRASHED",
        }
    }

    /// Whether the caller doesn't know what happened.
    pub(crate) fn is_unknown(&self) -> bool {
        ["CRASHED", "UNAVAILABLE"].contains(&self.code())
    }
}

/// A call that ended. Calls of one step run in parallel.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) call: Call,
    pub(crate) end: End,
    /// The time on the instance's clock.
    pub(crate) now: Timestamp,
    pub(crate) step: usize,
}
