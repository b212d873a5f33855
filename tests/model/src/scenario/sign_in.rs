//! Sign-ins: parallel guesses, expiry, newer codes.

use super::{SEND, Scenario, Start, VERIFY, WRONG_GUESS, verify_code_of};
use crate::op::Op;
use crate::sight::{
    CODE_REPLACED, LEFT_BEHIND, RATE_LIMITED, REFUSED, SIGNED_IN, UNAVAILABLE, WITHDRAWN,
};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        parallel_guesses(),
        right_guesses(),
        expiry(),
        newer_code(),
        two_identities(),
        guesses_of_a_source(),
    ]
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
        ..Scenario::default()
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
        ..Scenario::default()
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
        ..Scenario::default()
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
        ..Scenario::default()
    }
}

/// Codes under both identifiers of a user, one of which signs in.
fn two_identities() -> Scenario {
    Scenario {
        name: "two identities",
        start: Start::Code,
        clock: &[0, 6],
        calls: vec![
            VERIFY,
            SEND.of_second_identity(),
            verify_code_of(1).of_second_identity(),
            SEND.of_second_identity(),
        ],
        quick: 3,
        copies: &[
            (Op::Withdraw, 2),
            (Op::Redeem, 2),
            (Op::Attempt, 0),
            (Op::PutFamily, 0),
            (Op::PutPointer, 0),
        ],
        reaches: vec![SIGNED_IN, WITHDRAWN, UNAVAILABLE],
        has_second_identity: true,
        ..Scenario::default()
    }
}

/// More guesses than the source's hour allows, among right ones that take their attempts back.
fn guesses_of_a_source() -> Scenario {
    Scenario {
        name: "guesses of a source",
        start: Start::Code,
        clock: &[0],
        calls: vec![WRONG_GUESS, WRONG_GUESS, WRONG_GUESS, VERIFY, VERIFY],
        quick: 4,
        copies: &[
            (Op::CountSource, 2),
            (Op::TakeBackSource, 2),
            (Op::PutFamily, 0),
            (Op::PutPointer, 0),
        ],
        reaches: vec![RATE_LIMITED, REFUSED, SIGNED_IN],
        source_limit: Some(2),
        ..Scenario::default()
    }
}
