//! `send-otp`: counts the send, then issues a code or sends the live one again.

use domain::decide::{self, Challenge, Issue, Unresolved};

use crate::call::Answer;
use crate::flow::count;
use crate::id::{Code, Delivery, timestamp};
use crate::item::Otp;
use crate::op::Op;
use crate::run::{Outcome, Run};

pub(crate) fn start(run: &mut Run<'_>) {
    let first = if run.protocol.scenario.limit.is_some() { Op::Count } else { Op::PutCode };
    run.request(&[first]);
}

pub(crate) fn receive(run: &mut Run<'_>, op: Op, outcome: Outcome) {
    match op {
        Op::Count => count::counted(run, outcome),
        Op::PutCode => put(run, outcome),
        _ => resent(run, outcome),
    }
}

pub(crate) fn joined(run: &mut Run<'_>, op: Op) {
    match op {
        Op::Count => run.request(&[Op::PutCode]),
        Op::PutCode => run.request(&[Op::Resend]),
        _ => {}
    }
}

fn put(run: &mut Run<'_>, outcome: Outcome) {
    if outcome == Outcome::Applied {
        return run.answer(Answer::Done);
    }
    let found = challenge(run);
    let ours = Code::generated_by(run.id).otp_id();
    match decide::issue(found.as_ref(), &ours, timestamp(run.now())) {
        Ok(Issue::Live(seen)) => run.call_mut().locals.seen = Delivery::named(&seen),
        Ok(Issue::Issued | Issue::Superseded) => run.answer(Answer::Done),
        Err(Unresolved) => run.answer(Answer::Unavailable),
    }
}

fn resent(run: &mut Run<'_>, outcome: Outcome) {
    let Some(seen) = run.call().locals.seen else { return };
    let (found, ours) = (challenge(run), Delivery::repeat_of(run.id).send_id());
    let is_done = outcome == Outcome::Applied
        || decide::resend(found.as_ref(), &ours, &seen.send_id()).is_ok();
    run.answer(if is_done { Answer::Done } else { Answer::Unavailable });
}

fn challenge(run: &Run<'_>) -> Option<Challenge> {
    run.world.tables.otp.as_ref().map(Otp::challenge)
}
