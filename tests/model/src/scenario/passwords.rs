//! Password logins: the counter of attempts.

use super::{LOGIN, Scenario, Start, WRONG_PASSWORD};
use crate::op::Op;
use crate::sight::{RATE_LIMITED, REFUSED, SIGNED_IN_BY_PASSWORD};

/// More wrong passwords than a quarter of an hour allows, among right ones that remove their attempts
/// from the count.
pub(super) fn tried() -> Scenario {
    Scenario {
        name: "passwords",
        start: Start::Nothing,
        clock: &[899, 900],
        limit: Some(2),
        calls: vec![WRONG_PASSWORD, WRONG_PASSWORD, WRONG_PASSWORD, LOGIN, WRONG_PASSWORD.ahead(2)],
        quick: 4,
        copies: &[(Op::Count, 2), (Op::TakeBack, 2)],
        reaches: vec![RATE_LIMITED, REFUSED, SIGNED_IN_BY_PASSWORD],
        ..Scenario::default()
    }
}
