//! Requests for codes: counters, new codes, resends.

use super::{SEND, Scenario, Start, UNLOCK, WRONG_GUESS, send_with_key, verify_code_of};
use crate::op::Op;
use crate::sight::{
    CODE_REPLACED, DELETED, LATE_CODE, RATE_LIMITED, REFUSED, REPEATED, SIGNED_IN, UNAVAILABLE,
};

const MIDNIGHT: i32 = 86_400;

pub(super) fn all() -> Vec<Scenario> {
    vec![
        counted_sends(),
        midnight(),
        resends(),
        late_codes(),
        forgotten_codes(),
        repeated_sends(),
        repetition_of_a_resend(),
        spent_code(),
        put_after_its_resend(),
        unlock(),
        unlocked_sends(),
    ]
}

/// More sends than the window allows, each retried.
fn counted_sends() -> Scenario {
    Scenario {
        name: "counted sends",
        start: Start::Nothing,
        clock: &[0],
        limit: Some(2),
        calls: vec![SEND, SEND, SEND, SEND, SEND],
        quick: 3,
        copies: &[(Op::Count, 2), (Op::PutCode, 2), (Op::Resend, 2)],
        reaches: vec![RATE_LIMITED, UNAVAILABLE],
        ..Scenario::default()
    }
}

/// Two instances whose clocks differ count around midnight; the old window's counter is deleted.
fn midnight() -> Scenario {
    Scenario {
        name: "midnight",
        start: Start::Nothing,
        clock: &[MIDNIGHT - 1, MIDNIGHT, 4 * MIDNIGHT],
        limit: Some(1),
        calls: vec![SEND, SEND.ahead(2), SEND, SEND.ahead(2)],
        quick: 3,
        copies: &[(Op::Count, 2), (Op::Resend, 0)],
        reaches: vec![RATE_LIMITED, DELETED],
        ..Scenario::default()
    }
}

/// Sends while a code is live, and a sign-in with it.
fn resends() -> Scenario {
    Scenario {
        name: "resends",
        start: Start::Nothing,
        clock: &[0, 1],
        limit: None,
        calls: vec![SEND, SEND, SEND.ahead(2), verify_code_of(0)],
        quick: 3,
        copies: &[(Op::PutCode, 2), (Op::Resend, 2)],
        reaches: vec![UNAVAILABLE],
        ..Scenario::default()
    }
}

/// Codes that are put late, after newer codes and after sign-ins.
fn late_codes() -> Scenario {
    Scenario {
        name: "late codes",
        start: Start::Code,
        clock: &[0, 151, 301],
        limit: None,
        calls: vec![SEND, verify_code_of(0), verify_code_of(0), SEND.ahead(2), verify_code_of(3)],
        quick: 4,
        copies: &[(Op::PutCode, 2), (Op::PutFamily, 0)],
        reaches: vec![CODE_REPLACED, SIGNED_IN, LATE_CODE],
        ..Scenario::default()
    }
}

/// Items that TTL deletes before late copies of the writes that created them arrive.
fn forgotten_codes() -> Scenario {
    Scenario {
        name: "forgotten codes",
        start: Start::Nothing,
        clock: &[0, MIDNIGHT + 301],
        limit: None,
        calls: vec![SEND, verify_code_of(0), verify_code_of(0), SEND],
        quick: 3,
        copies: &[(Op::PutCode, 3), (Op::Attempt, 2), (Op::Redeem, 2), (Op::PutFamily, 0)],
        reaches: vec![SIGNED_IN, UNAVAILABLE],
        ..Scenario::default()
    }
}

/// Sends with one key, while their code is good and when it is about to expire, among others.
fn repeated_sends() -> Scenario {
    Scenario {
        name: "repeated sends",
        clock: &[0, 151],
        limit: Some(2),
        calls: vec![send_with_key(0), send_with_key(0), send_with_key(0), SEND, send_with_key(1)],
        quick: 3,
        copies: &[(Op::PutCode, 2), (Op::Resend, 2)],
        reaches: vec![REPEATED, RATE_LIMITED, UNAVAILABLE],
        ..Scenario::default()
    }
}

/// A key that came with a resend is repeated after the code was used, up to ten minutes later.
fn repetition_of_a_resend() -> Scenario {
    Scenario {
        name: "repetition of a resend",
        clock: &[0, 140, 650],
        calls: vec![SEND, send_with_key(0), verify_code_of(0), send_with_key(0), verify_code_of(1)],
        quick: 4,
        copies: &[(Op::Attempt, 0), (Op::PutFamily, 0), (Op::PutPointer, 0), (Op::Resend, 2)],
        reaches: vec![REPEATED, SIGNED_IN, UNAVAILABLE],
        ..Scenario::default()
    }
}

/// A code whose attempts are used up, and a repetition of its send.
fn spent_code() -> Scenario {
    Scenario {
        name: "spent code",
        clock: &[0, 1],
        calls: vec![
            send_with_key(0),
            send_with_key(0),
            WRONG_GUESS,
            WRONG_GUESS,
            WRONG_GUESS,
            WRONG_GUESS,
        ],
        quick: 6,
        copies: &[(Op::Attempt, 0), (Op::Resend, 0)],
        reaches: vec![REFUSED, CODE_REPLACED],
        ..Scenario::default()
    }
}

/// A copy of a put arrives after its call has sent the live code again, and guesses have used that up.
fn put_after_its_resend() -> Scenario {
    Scenario {
        name: "put after its resend",
        start: Start::Code,
        clock: &[0, 1],
        calls: vec![SEND, WRONG_GUESS, WRONG_GUESS, WRONG_GUESS, SEND],
        quick: 4,
        copies: &[(Op::PutCode, 2), (Op::Attempt, 0)],
        reaches: vec![REFUSED, CODE_REPLACED],
        ..Scenario::default()
    }
}

/// An operator withdraws a code while guesses are made, and copies of its put arrive late.
fn unlock() -> Scenario {
    Scenario {
        name: "unlock",
        clock: &[0, 1],
        calls: vec![SEND, WRONG_GUESS, WRONG_GUESS, WRONG_GUESS, WRONG_GUESS, UNLOCK],
        quick: 6,
        copies: &[(Op::PutCode, 3), (Op::Attempt, 0), (Op::Redeem, 2)],
        reaches: vec![REFUSED, UNAVAILABLE],
        ..Scenario::default()
    }
}

/// An operator clears the counter of sends, and a copy of that arrives late.
fn unlocked_sends() -> Scenario {
    Scenario {
        name: "unlocked sends",
        clock: &[0],
        limit: Some(1),
        calls: vec![SEND, UNLOCK, SEND, SEND],
        quick: 4,
        copies: &[(Op::Count, 2), (Op::ClearCounter, 3), (Op::PutCode, 0), (Op::Resend, 0)],
        reaches: vec![RATE_LIMITED, UNAVAILABLE],
        ..Scenario::default()
    }
}
