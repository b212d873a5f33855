//! One step, and its description.

use crate::id::{CallId, FamilyId, Token};
use crate::op::Op;
use crate::scenario::Scenario;

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A call begins, and sends its first requests.
    Start {
        /// The call.
        call: CallId,
        /// Whether its instance knows the organization as it was before the fence.
        is_stale: bool,
    },
    /// A copy of a write is applied, for the first time, again, or late.
    Apply {
        /// The call that sent the write.
        call: CallId,
        /// The write.
        op: Op,
        /// Whether the caller gets the answer, and takes its next step.
        is_answered: bool,
    },
    /// A caller stops waiting for the answer to a write, and reads the item instead.
    ReadInDoubt(CallId, Op),
    /// A read is answered.
    Read {
        /// The call that reads.
        call: CallId,
        /// The read.
        op: Op,
        /// Whether the answer is an older image of the item.
        is_stale: bool,
    },
    /// The true time moves on.
    Tick,
    /// TTL deletes the item of a code.
    DeleteCode {
        /// Whether it is that of the user's second identity.
        is_second: bool,
    },
    /// TTL deletes the counter of a window.
    DeleteCounter(i64),
    /// TTL deletes a family.
    DeleteFamily(FamilyId),
    /// TTL deletes a pointer.
    DeletePointer(Token),
}

impl Action {
    /// The step in words.
    pub fn description(&self, scenario: &Scenario) -> String {
        let name = |call: &CallId| match scenario.calls.get(call.index()) {
            Some(spec) => format!("call {} ({spec})", call.0),
            None => format!("call {}", call.0),
        };
        match self {
            Self::Start { call, is_stale: false } => format!("{} begins", name(call)),
            Self::Start { call, is_stale: true } => {
                format!("{} begins on an instance that doesn't know the fence", name(call))
            }
            Self::Apply { call, op, is_answered: true } => {
                format!("{}: {op:?} arrives and is answered", name(call))
            }
            Self::Apply { call, op, is_answered: false } => {
                format!("{}: {op:?} arrives, its answer is lost", name(call))
            }
            Self::ReadInDoubt(call, op) => {
                format!("{}: {op:?} is in doubt, strong read", name(call))
            }
            Self::Read { call, op, is_stale: false } => format!("{}: {op:?}", name(call)),
            Self::Read { call, op, is_stale: true } => {
                format!("{}: {op:?} gets an older image", name(call))
            }
            Self::Tick => "time moves on".to_owned(),
            Self::DeleteCode { .. } => "TTL deletes the code's item".to_owned(),
            Self::DeleteCounter(_) => "TTL deletes a counter".to_owned(),
            Self::DeleteFamily(_) => "TTL deletes the family".to_owned(),
            Self::DeletePointer(_) => "TTL deletes a pointer".to_owned(),
        }
    }
}
