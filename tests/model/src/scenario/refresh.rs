//! Refreshes: races, retries, thefts, and the two expiries.

use super::{NEW_RING, OLD_RING, Scenario, Start, VERIFY, logout, refresh, refresh_with_key};
use crate::call::Holder::{AnswerOf, First};
use crate::id::Kid;
use crate::op::Op;
use crate::sight::{
    DELETED, EXPIRED, KEY_USED, REFRESHED, RETRY_ANSWERED, REUSED, SIGNED_IN, UNAVAILABLE,
};

const DAY: i32 = 86_400;

pub(super) fn all() -> Vec<Scenario> {
    vec![
        race(),
        retries(),
        slow_copies(),
        new_refresh_key(),
        lost_refresh_key(),
        expiries(),
        late_facts(),
        one_key(),
        dropped_pointers(),
    ]
}

/// Three calls present one token at once, and the successor is presented, too.
fn race() -> Scenario {
    Scenario {
        name: "refresh race",
        start: Start::Family,
        clock: &[0],
        limit: None,
        calls: vec![
            refresh(First),
            refresh(First),
            refresh(AnswerOf(0)),
            refresh_with_key(First, 0, OLD_RING),
            refresh(AnswerOf(2)),
        ],
        quick: 3,
        copies: &[(Op::Rotate, 2), (Op::Revoke, 2), (Op::PutPointer, 2)],
        reaches: vec![REFRESHED, REUSED, UNAVAILABLE],
        ..Scenario::default()
    }
}

/// A refresh and its retry with the same key, while a thief presents the same token.
fn retries() -> Scenario {
    Scenario {
        name: "idempotent retries",
        start: Start::Family,
        clock: &[0, 599, 603],
        limit: None,
        calls: vec![
            refresh_with_key(First, 0, OLD_RING),
            refresh_with_key(First, 0, OLD_RING).ahead(2),
            refresh(First),
            refresh_with_key(AnswerOf(1), 1, OLD_RING),
        ],
        quick: 3,
        copies: &[(Op::Rotate, 2)],
        reaches: vec![RETRY_ANSWERED, REUSED, UNAVAILABLE],
        ..Scenario::default()
    }
}

/// Copies that arrive after the client used the successor.
fn slow_copies() -> Scenario {
    Scenario {
        name: "slow copies",
        start: Start::Family,
        clock: &[0, 2, 11],
        limit: None,
        calls: vec![
            refresh_with_key(First, 0, OLD_RING),
            refresh_with_key(First, 0, OLD_RING).ahead(2),
            refresh(AnswerOf(1)),
            refresh(AnswerOf(2)).ahead(-2),
        ],
        quick: 3,
        copies: &[(Op::Rotate, 2), (Op::PutPointer, 2), (Op::Revoke, 2)],
        reaches: vec![RETRY_ANSWERED, REUSED, UNAVAILABLE],
        ..Scenario::default()
    }
}

/// Retries on instances, one of which has a newer current refresh key.
fn new_refresh_key() -> Scenario {
    Scenario {
        name: "new refresh key",
        start: Start::Family,
        clock: &[0, 2],
        limit: None,
        calls: vec![
            refresh_with_key(First, 0, OLD_RING),
            refresh_with_key(First, 0, NEW_RING),
            refresh(AnswerOf(1)),
            refresh_with_key(First, 0, NEW_RING).ahead(2),
        ],
        quick: 3,
        copies: &[(Op::Rotate, 2), (Op::PutPointer, 2), (Op::Revoke, 1)],
        reaches: vec![RETRY_ANSWERED, REFRESHED, UNAVAILABLE],
        ..Scenario::default()
    }
}

/// Retries on instances whose rings have no refresh key in common.
fn lost_refresh_key() -> Scenario {
    Scenario {
        name: "lost refresh key",
        start: Start::Family,
        clock: &[0, 2],
        limit: None,
        calls: vec![
            refresh_with_key(First, 0, &[Kid(0)]),
            refresh_with_key(First, 0, &[Kid(1)]),
            refresh(First),
        ],
        quick: 2,
        copies: &[(Op::Rotate, 2)],
        reaches: vec![REFRESHED, UNAVAILABLE],
        ..Scenario::default()
    }
}

/// A family that lives longer than thirty and ninety days, until TTL deletes it.
fn expiries() -> Scenario {
    Scenario {
        name: "expiries",
        start: Start::Family,
        clock: &[0, 30 * DAY - 1, 30 * DAY, 60 * DAY - 2, 89 * DAY, 90 * DAY, 93 * DAY],
        limit: None,
        calls: vec![
            refresh(First),
            refresh(AnswerOf(0)).ahead(-2),
            refresh(AnswerOf(1)),
            refresh(AnswerOf(2)).ahead(2),
        ],
        quick: 3,
        copies: &[(Op::Rotate, 2)],
        reaches: vec![REFRESHED, EXPIRED, DELETED],
        ..Scenario::default()
    }
}

/// Copies of a sign-in's family and pointer that arrive after refreshes.
fn late_facts() -> Scenario {
    Scenario {
        name: "late facts",
        start: Start::Code,
        clock: &[0, 5],
        limit: None,
        calls: vec![
            VERIFY,
            refresh(AnswerOf(0)),
            refresh(AnswerOf(0)),
            refresh(AnswerOf(1)),
            refresh(AnswerOf(3)),
        ],
        quick: 3,
        copies: &[
            (Op::PutFamily, 3),
            (Op::PutPointer, 2),
            (Op::Redeem, 2),
            (Op::Rotate, 2),
            (Op::Revoke, 2),
        ],
        reaches: vec![SIGNED_IN, REFRESHED, REUSED],
        ..Scenario::default()
    }
}

/// A client that sends one key with every refresh, or with every second one.
fn one_key() -> Scenario {
    Scenario {
        name: "one key",
        start: Start::Family,
        clock: &[0],
        calls: vec![
            refresh_with_key(First, 0, OLD_RING),
            refresh(AnswerOf(0)),
            refresh_with_key(AnswerOf(1), 0, OLD_RING),
            refresh_with_key(AnswerOf(0), 0, NEW_RING),
            refresh_with_key(AnswerOf(0), 1, OLD_RING),
        ],
        quick: 3,
        copies: &[(Op::Rotate, 2)],
        reaches: vec![KEY_USED, REFRESHED],
        ..Scenario::default()
    }
}

/// Refused refreshes drop the pointers that they put, while copies of all writes arrive late.
fn dropped_pointers() -> Scenario {
    Scenario {
        name: "dropped pointers",
        start: Start::Family,
        clock: &[0],
        calls: vec![
            refresh_with_key(First, 0, OLD_RING),
            refresh_with_key(First, 0, OLD_RING),
            logout(First),
            refresh(AnswerOf(0)),
        ],
        quick: 4,
        copies: &[(Op::Rotate, 2), (Op::PutPointer, 2), (Op::DropPointer, 2)],
        reaches: vec![REFRESHED, REUSED, UNAVAILABLE],
        ..Scenario::default()
    }
}
