//! Sign-ins: parallel guesses, expiry, newer codes.

use super::{SEND, Scenario, Start, VERIFY, WRONG_GUESS};
use crate::op::Op;
use crate::sight::{CODE_REPLACED, LEFT_BEHIND, REFUSED, SIGNED_IN, UNAVAILABLE};

pub(super) fn all() -> Vec<Scenario> {
    vec![parallel_guesses(), right_guesses(), expiry(), newer_code()]
}

/// More guesses at one code than it has attempts, one of them right.
fn parallel_guesses() -> Scenario {
    Scenario {
        name: "parallel guesses",
        start: Start::Code,
        clock: &[0],
        limit: None,
        calls: vec![WRONG_GUESS, WRONG_GUESS, WRONG_GUESS, WRONG_GUESS, VERIFY, VERIFY],
        quick: 5,
        copies: &[(Op::Attempt, 2), (Op::PutFamily, 0), (Op::PutPointer, 0)],
        reaches: vec![SIGNED_IN, REFUSED, UNAVAILABLE],
    }
}

/// The right code presented several times at once, with every write retried.
fn right_guesses() -> Scenario {
    Scenario {
        name: "right guesses",
        start: Start::Code,
        clock: &[0],
        limit: None,
        calls: vec![VERIFY, VERIFY, VERIFY],
        quick: 2,
        copies: &[(Op::Attempt, 2), (Op::PutPointer, 2), (Op::Redeem, 3)],
        reaches: vec![SIGNED_IN, REFUSED, UNAVAILABLE, LEFT_BEHIND],
    }
}

/// Guesses around a code's expiry, on instances whose clocks differ.
fn expiry() -> Scenario {
    Scenario {
        name: "expiry",
        start: Start::Code,
        clock: &[0, 299, 300, 302],
        limit: None,
        calls: vec![VERIFY, VERIFY.ahead(2), VERIFY.ahead(-2)],
        quick: 2,
        copies: &[(Op::Attempt, 2), (Op::Redeem, 2), (Op::PutFamily, 0)],
        reaches: vec![SIGNED_IN, REFUSED],
    }
}

/// A sign-in while new codes replace the presented one.
fn newer_code() -> Scenario {
    Scenario {
        name: "newer code",
        start: Start::Code,
        clock: &[0, 151],
        limit: None,
        calls: vec![VERIFY, SEND, VERIFY, SEND.ahead(2)],
        quick: 3,
        copies: &[(Op::Attempt, 2), (Op::Redeem, 2), (Op::PutFamily, 0)],
        reaches: vec![SIGNED_IN, CODE_REPLACED, UNAVAILABLE],
    }
}
