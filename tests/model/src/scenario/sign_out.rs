//! Ends of sessions: logout, replays, and the operator's commands.

use super::{
    DISABLE, ERASE, OLD_RING, SIGN_OUT, Scenario, Start, VERIFY, WRONG_GUESS, logout, refresh,
    refresh_with_key,
};
use crate::call::Holder::{AnswerOf, First};
use crate::op::Op;
use crate::sight::{ERASED, INVALID, REFRESHED, REFUSED, REUSED, SIGNED_IN, UNAVAILABLE};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        logout_race(),
        two_logouts(),
        sign_in_and_out(),
        replay_and_revocation(),
        disabled(),
        signed_out_everywhere(),
        signed_out_twice(),
        code_during_sign_out(),
        attempt_given_back(),
        erased(),
        erased_twice(),
        forgotten_family(),
    ]
}

/// A logout during refreshes.
fn logout_race() -> Scenario {
    Scenario {
        name: "logout",
        start: Start::Family,
        clock: &[0],
        limit: None,
        calls: vec![
            refresh_with_key(First, 0, OLD_RING),
            logout(First),
            refresh(AnswerOf(0)),
            refresh_with_key(First, 0, OLD_RING),
            logout(AnswerOf(0)),
        ],
        quick: 3,
        copies: &[(Op::Rotate, 2), (Op::Revoke, 2), (Op::PutPointer, 1)],
        reaches: vec![REFRESHED, REUSED, UNAVAILABLE],
        ..Scenario::default()
    }
}

/// Two logouts of one family, and a refresh.
fn two_logouts() -> Scenario {
    Scenario {
        name: "two logouts",
        start: Start::Family,
        clock: &[0],
        calls: vec![logout(First), logout(First), refresh(First), logout(First)],
        quick: 3,
        copies: &[(Op::Rotate, 2), (Op::Revoke, 2), (Op::PutPointer, 1)],
        reaches: vec![REFRESHED, REUSED, UNAVAILABLE],
        ..Scenario::default()
    }
}

/// A sign-in, a refresh and a logout, with copies of all writes arriving late.
fn sign_in_and_out() -> Scenario {
    Scenario {
        name: "sign-in to logout",
        start: Start::Code,
        clock: &[0],
        limit: None,
        calls: vec![
            VERIFY,
            logout(AnswerOf(0)),
            refresh(AnswerOf(0)),
            refresh(AnswerOf(2)),
            logout(AnswerOf(2)),
        ],
        quick: 3,
        copies: &[
            (Op::PutFamily, 3),
            (Op::PutPointer, 2),
            (Op::Redeem, 2),
            (Op::Rotate, 3),
            (Op::Revoke, 2),
        ],
        reaches: vec![SIGNED_IN, REFRESHED, REUSED],
        ..Scenario::default()
    }
}

/// A thief's replay, while the family still works until the revocation is durable.
fn replay_and_revocation() -> Scenario {
    Scenario {
        name: "replay and revocation",
        start: Start::Family,
        clock: &[0, 5],
        limit: None,
        calls: vec![
            refresh(First),
            refresh(First).ahead(2),
            refresh(AnswerOf(0)),
            refresh(AnswerOf(1)),
        ],
        quick: 3,
        copies: &[(Op::Rotate, 2), (Op::Revoke, 3), (Op::PutPointer, 2)],
        reaches: vec![REFRESHED, REUSED, UNAVAILABLE],
        ..Scenario::default()
    }
}

/// The operator disables the user during a sign-in and a refresh.
fn disabled() -> Scenario {
    Scenario {
        name: "disabled",
        start: Start::Code,
        clock: &[0, 2],
        limit: None,
        calls: vec![VERIFY, DISABLE, refresh(AnswerOf(0)), VERIFY, refresh(AnswerOf(2))],
        quick: 3,
        copies: &[(Op::Disable, 2), (Op::Redeem, 2), (Op::Rotate, 2), (Op::Revoke, 2)],
        reaches: vec![SIGNED_IN, INVALID, REFUSED],
        ..Scenario::default()
    }
}

/// The operator signs the user out everywhere; the clocks of all instances differ.
fn signed_out_everywhere() -> Scenario {
    Scenario {
        name: "signed out everywhere",
        start: Start::Code,
        clock: &[0, 2, 8],
        limit: None,
        calls: vec![VERIFY.ahead(3), SIGN_OUT, refresh(AnswerOf(0)), VERIFY],
        quick: 3,
        copies: &[(Op::EndSessions, 2), (Op::Rotate, 2)],
        reaches: vec![SIGNED_IN, INVALID, UNAVAILABLE],
        ..Scenario::default()
    }
}

/// Two sign-outs everywhere, the write of the first arriving late.
fn signed_out_twice() -> Scenario {
    Scenario {
        name: "signed out twice",
        start: Start::Code,
        clock: &[0, 8, 10, 20],
        limit: None,
        calls: vec![SIGN_OUT, VERIFY, SIGN_OUT, refresh(AnswerOf(1))],
        quick: 4,
        copies: &[(Op::Attempt, 0), (Op::PutFamily, 0), (Op::EndSessions, 2), (Op::Rotate, 2)],
        reaches: vec![SIGNED_IN, INVALID],
        ..Scenario::default()
    }
}

/// A code during a sign-out everywhere: the right one costs no attempt, wrong ones do.
fn code_during_sign_out() -> Scenario {
    Scenario {
        name: "code during a sign-out",
        start: Start::Code,
        clock: &[0, 8],
        calls: vec![WRONG_GUESS, WRONG_GUESS, WRONG_GUESS, WRONG_GUESS, SIGN_OUT, VERIFY],
        quick: 6,
        copies: &[
            (Op::Attempt, 0),
            (Op::EndSessions, 0),
            (Op::PutFamily, 0),
            (Op::PutPointer, 0),
            (Op::GiveBack, 2),
        ],
        reaches: vec![SIGNED_IN, UNAVAILABLE, REFUSED],
        ..Scenario::default()
    }
}

/// Copies of attempts arrive after they were given back.
fn attempt_given_back() -> Scenario {
    Scenario {
        name: "attempt given back",
        start: Start::Code,
        clock: &[0, 8],
        calls: vec![VERIFY, SIGN_OUT, WRONG_GUESS, VERIFY],
        quick: 2,
        copies: &[
            (Op::Attempt, 2),
            (Op::EndSessions, 0),
            (Op::PutFamily, 0),
            (Op::PutPointer, 0),
            (Op::GiveBack, 2),
        ],
        reaches: vec![SIGNED_IN, UNAVAILABLE],
        ..Scenario::default()
    }
}

/// The operator deletes the user, but the identity may still lead to the user.
fn erased() -> Scenario {
    Scenario {
        name: "erased",
        start: Start::Code,
        clock: &[0],
        limit: None,
        calls: vec![VERIFY, ERASE, refresh(AnswerOf(0)), VERIFY],
        quick: 3,
        copies: &[
            (Op::EraseUser, 2),
            (Op::MarkIdentity, 1),
            (Op::EraseIdentity, 2),
            (Op::Redeem, 2),
        ],
        reaches: vec![SIGNED_IN, INVALID, REFUSED],
        ..Scenario::default()
    }
}

/// Two operators delete the user at once.
fn erased_twice() -> Scenario {
    Scenario {
        name: "erased twice",
        start: Start::Nothing,
        clock: &[0],
        calls: vec![ERASE, ERASE, ERASE],
        quick: 2,
        copies: &[(Op::EraseUser, 0), (Op::MarkIdentity, 3), (Op::EraseIdentity, 2)],
        reaches: vec![ERASED, UNAVAILABLE],
        ..Scenario::default()
    }
}

/// TTL deletes a family before late copies of its revocations and rotations arrive.
fn forgotten_family() -> Scenario {
    const DAY: i32 = 86_400;
    Scenario {
        name: "forgotten family",
        start: Start::Family,
        clock: &[0, 90 * DAY - 1, 93 * DAY],
        limit: None,
        calls: vec![refresh(First), logout(First), refresh(First)],
        quick: 2,
        copies: &[(Op::Rotate, 2), (Op::Revoke, 2), (Op::PutPointer, 1)],
        reaches: vec![REFRESHED, REUSED, UNAVAILABLE],
        ..Scenario::default()
    }
}
