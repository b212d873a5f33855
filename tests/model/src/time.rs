//! Spans that decide, from the domain where it has them.

use std::time::Duration;

use domain::otp;
use domain::token::refresh;

use crate::id::{Seconds, seconds};

const DAY: Seconds = 86_400;

/// A code's life.
pub(crate) const CODE_LIFETIME: Seconds = whole(otp::LIFETIME);

/// How long after its expiry a code's item may be deleted (`store::challenge`).
pub(crate) const CODE_KEPT: Seconds = DAY;

/// How long after a window's end its counter may be deleted (`store::challenge`).
pub(crate) const COUNTER_KEPT: Seconds = 2 * DAY;

/// How long after its absolute expiry a session may be deleted (`store::session`).
pub(crate) const SESSION_KEPT: Seconds = 2 * DAY;

/// A call ends 2.5 s after it began, the operator's 2 s after: in whole seconds the last at which
/// either may still act. Its requests may be applied at any time after that.
pub(crate) const DEADLINE: Seconds = 2;

/// How far two clocks may be apart: each is two seconds off at most.
pub(crate) const CLOCKS_DIFFER: Seconds = 4;

/// How far sign-out everywhere reaches ahead of the operator's clock.
pub(crate) const SIGN_OUT_MARGIN: Seconds = 5;

/// When a token that becomes current now stops working (`store::session`).
pub(crate) fn slides_to(now: Seconds, ends_at: Seconds) -> Seconds {
    (now + seconds(refresh::SLIDING_LIFETIME)).min(ends_at)
}

#[expect(clippy::cast_possible_truncation, reason = "minutes fit")]
const fn whole(duration: Duration) -> Seconds {
    duration.as_secs() as Seconds
}
