//! Durations of the protocol, from the domain where it defines them.

use std::time::Duration;

use domain::decide::IDEMPOTENT_RETRY;
use domain::fence;
use domain::otp;
use domain::token::refresh;

use crate::id::{Seconds, seconds};

const DAY: Seconds = 86_400;

/// How long a code is valid.
pub(crate) const CODE_LIFETIME: Seconds = whole(otp::LIFETIME);

/// How long after its expiry a code's item may be deleted (`store::challenge_item`).
pub(crate) const CODE_RETENTION: Seconds = DAY;

/// How long after a window's end its counter may be deleted (`store::counter`).
pub(crate) const COUNTER_RETENTION: Seconds = 2 * DAY;

/// How long after its absolute expiry a session may be deleted (`store::session`).
pub(crate) const SESSION_RETENTION: Seconds = 2 * DAY;

/// The last whole second in which a call may act: it ends after 2.5 s, an operator's command after 2 s.
/// Copies of its writes may be applied at any later time.
pub(crate) const DEADLINE: Seconds = 2;

/// How much two clocks may differ: each differs from the true time by at most two seconds.
pub(crate) const CLOCKS_DIFFER: Seconds = 4;

/// How far after the operator's time a sign-out everywhere applies.
pub(crate) const SIGN_OUT_MARGIN: Seconds = 5;

/// How far after the operator's time a fence applies.
pub(crate) const FENCE_MARGIN: Seconds = whole(fence::MARGIN);

/// How long an instance may not know of a change of its organization: 60 s of cache, and a read that
/// was not consistent.
pub(crate) const ORGANIZATION_CACHED: Seconds = 62;

/// How long a repetition with an idempotency key is recognised.
pub(crate) const REPETITION: Seconds = whole(IDEMPOTENT_RETRY);

/// The sliding expiry of a token that becomes current now (`store::session`).
pub(crate) fn slides_to(now: Seconds, ends_at: Seconds) -> Seconds {
    (now + seconds(refresh::SLIDING_LIFETIME)).min(ends_at)
}

#[expect(clippy::cast_possible_truncation, reason = "minutes fit")]
const fn whole(duration: Duration) -> Seconds {
    duration.as_secs() as Seconds
}
