//! Requests for codes: counters, new codes, resends.

use super::{SEND, Scenario, Start, verify_code_of};
use crate::op::Op;
use crate::sight::{CODE_REPLACED, DELETED, LATE_CODE, RATE_LIMITED, SIGNED_IN, UNAVAILABLE};

const MIDNIGHT: i32 = 86_400;

pub(super) fn all() -> Vec<Scenario> {
    vec![counted_sends(), midnight(), resends(), late_codes(), forgotten_codes()]
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
    }
}
