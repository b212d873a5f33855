//! Fences: nothing from before one works once the command is done.

use super::{FENCE, SEND, Scenario, Start, VERIFY, refresh, verify_code_of};
use crate::call::Holder::AnswerOf;
use crate::op::Op;
use crate::sight::{INVALID, REFUSED, SIGNED_IN, SIGNED_IN_AFTER_FENCE, UNAVAILABLE};

pub(super) fn all() -> Vec<Scenario> {
    vec![fence(), code_after(), twice()]
}

/// An instance that doesn't know the fence yet exchanges a code from before it.
fn fence() -> Scenario {
    Scenario {
        name: "fence",
        start: Start::Code,
        clock: &[0, 62, 71],
        calls: vec![VERIFY.ahead(2), FENCE, refresh(AnswerOf(0)), SEND, verify_code_of(3)],
        quick: 3,
        copies: &[(Op::Fence, 2), (Op::PutFamily, 0), (Op::PutPointer, 0)],
        reaches: vec![SIGNED_IN, INVALID, UNAVAILABLE],
        ..Scenario::default()
    }
}

/// A code from before a fence, and a code that is requested after it.
fn code_after() -> Scenario {
    Scenario {
        name: "code after a fence",
        start: Start::Code,
        clock: &[0, 71, 72],
        calls: vec![FENCE, SEND, verify_code_of(1), VERIFY],
        quick: 4,
        copies: &[(Op::Attempt, 2), (Op::PutFamily, 0), (Op::PutPointer, 0)],
        reaches: vec![SIGNED_IN_AFTER_FENCE, REFUSED, UNAVAILABLE],
        ..Scenario::default()
    }
}

/// Two fences, the write of the first arriving late.
fn twice() -> Scenario {
    Scenario {
        name: "fenced twice",
        start: Start::Code,
        clock: &[0, 71, 75, 150],
        calls: vec![FENCE, VERIFY, FENCE, refresh(AnswerOf(1))],
        quick: 4,
        copies: &[(Op::Fence, 2), (Op::Attempt, 0), (Op::PutFamily, 0), (Op::PutPointer, 0)],
        reaches: vec![SIGNED_IN, INVALID, UNAVAILABLE],
        ..Scenario::default()
    }
}
