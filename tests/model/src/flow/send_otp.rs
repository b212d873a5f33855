//! `send-otp`: counts the send, then issues a code or sends the live one again.

use domain::decide::{self, Challenge, Issue, Send, Unresolved};

use crate::call::Answer;
use crate::flow::count;
use crate::id::{Delivery, KeyName, timestamp};
use crate::invariant;
use crate::op::Op;
use crate::run::{Outcome, Run};
use crate::variant::Variant;

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
    let (found, ours, key) = (challenge(run), run.code().otp_id(), run.key().map(KeyName::digest));
    let send = Send {
        otp_id: &ours,
        key: key.as_ref(),
        valid_after: run.call().valid_after.map(timestamp),
        now: timestamp(run.now()),
    };
    match decide::issue(found.as_ref(), &send) {
        Ok(Issue::Live(seen)) => run.call_mut().locals.seen = Delivery::named(&seen),
        Ok(Issue::Issued | Issue::Superseded) => run.answer(Answer::Done),
        Ok(Issue::Repeated) => {
            invariant::on_repeated(run);
            run.answer(Answer::Done);
        }
        Err(Unresolved) => {
            if outcome == Outcome::Lost {
                invariant::on_stuck(run);
            }
            run.answer(Answer::Unavailable);
        }
    }
}

fn resent(run: &mut Run<'_>, outcome: Outcome) {
    let Some(seen) = run.call().locals.seen else { return };
    let (found, ours) = (challenge(run), Delivery::repeat_of(run.id).send_id());
    let is_done = outcome == Outcome::Applied
        || decide::resend(found.as_ref(), &ours, &seen.send_id()).is_ok();
    if !is_done && outcome == Outcome::Lost {
        invariant::on_stuck(run);
    }
    run.answer(if is_done { Answer::Done } else { Answer::Unavailable });
}

fn challenge(run: &Run<'_>) -> Option<Challenge> {
    let otp = run.otp()?;
    let mut challenge = otp.challenge();
    if run.breaks(Variant::ClauseOnResend) {
        challenge.keyed = None;
    }
    if let (true, Some(keyed)) = (run.breaks(Variant::BoundByIssue), challenge.keyed.as_mut()) {
        keyed.at = timestamp(otp.issued_at);
    }
    Some(challenge)
}
