//! The outcome of counting an attempt, for send-otp and password-login.

use domain::decide::{self, Admission, Unresolved};

use crate::call::Answer;
use crate::invariant;
use crate::run::{Outcome, Run};
use crate::variant::Variant;

pub(super) fn counted(run: &mut Run<'_>, outcome: Outcome) {
    let limit = run.protocol.scenario.limit.unwrap_or(u32::MAX);
    let counter = run.world.tables.counters.get(run.window().label());
    let seen = counter.map(|counter| counter.seen.nonces()).unwrap_or_default();
    let is_plain = run.breaks(Variant::PlainSendCounter);
    match outcome {
        Outcome::Applied => return invariant::on_admitted(run),
        // A number doesn't show whether our attempt was counted.
        Outcome::Lost if is_plain => return run.answer(Answer::RateLimited),
        _ => {}
    }
    match decide::admission(&seen, &run.names(Variant::DerivedCountNonce).nonce(), limit) {
        Ok(Admission::Admitted) => invariant::on_admitted(run),
        Ok(Admission::OverLimit) => run.answer(Answer::RateLimited),
        Err(Unresolved) => run.answer(Answer::Unavailable),
    }
}

/// The outcome of counting an attempt of the source.
pub(super) fn counted_source(run: &mut Run<'_>, outcome: Outcome) {
    let limit = run.protocol.scenario.source_limit.unwrap_or(u32::MAX);
    let counter = run.world.tables.source.as_ref();
    let seen = counter.map(|counter| counter.seen.nonces()).unwrap_or_default();
    if outcome == Outcome::Applied {
        return;
    }
    match decide::admission(&seen, &run.id.nonce(), limit) {
        Ok(Admission::Admitted) => {}
        Ok(Admission::OverLimit) => run.answer(Answer::RateLimited),
        Err(Unresolved) => run.answer(Answer::Unavailable),
    }
}
