//! Logins by password, as far as their counter goes.

use super::{LOGIN, Scenario, Start, WRONG_PASSWORD};
use crate::op::Op;
use crate::sight::{RATE_LIMITED, REFUSED, SIGNED_IN_BY_PASSWORD};

/// More wrong passwords than a quarter of an hour admits, amid right ones that take their attempts
/// back.
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
    }
}
