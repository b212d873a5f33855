//! What clients do, and what they were answered.

use domain::time::Timestamp;
use workbench::portal::Answer;

/// One call.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    /// Ask for a code.
    Send,
    /// Present digits, which are the code at this place of the history, or wrong.
    Verify { digits: String, code: Option<usize> },
    /// Present a refresh token of a family, by the places of both.
    Refresh { family: usize, token: usize, key: Option<String> },
    /// Sign out with a token of a family.
    Logout { family: usize, token: usize },
    /// An operator signs the patient out everywhere.
    SignOutEverywhere { bound: Timestamp },
}

/// How a call ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// With an answer.
    Answered(Answer),
    /// The caller was killed, or the connection was: nobody knows.
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

    /// Whether the caller can't tell what happened.
    pub(crate) fn is_unknown(&self) -> bool {
        ["CRASHED", "UNAVAILABLE"].contains(&self.code())
    }
}

/// A call with its place in the history. Calls of one step run side by side.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) call: Call,
    pub(crate) end: End,
    /// What the instance took for now.
    pub(crate) now: Timestamp,
    pub(crate) step: usize,
}
