//! Every kind of call, once.

use super::{DISABLE, SEND, Scenario, Start, logout, refresh, verify_code_of};
use crate::call::Holder::AnswerOf;
use crate::op::Op;
use crate::sight::{REFRESHED, REUSED, SIGNED_IN, UNAVAILABLE};

/// A code, a sign-in, a refresh and a logout, while the operator disables the user and another code is
/// requested.
pub(super) fn whole() -> Scenario {
    Scenario {
        name: "whole life",
        start: Start::Nothing,
        clock: &[0, 3],
        limit: Some(2),
        calls: vec![
            SEND,
            verify_code_of(0),
            refresh(AnswerOf(1)),
            logout(AnswerOf(1)),
            DISABLE,
            SEND,
        ],
        quick: 4,
        copies: &[(Op::PutFamily, 2), (Op::Redeem, 2), (Op::Rotate, 2)],
        reaches: vec![SIGNED_IN, REFRESHED, REUSED, UNAVAILABLE],
        ..Scenario::default()
    }
}
