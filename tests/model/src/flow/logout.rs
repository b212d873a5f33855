//! `logout`: revokes the whole family.

use crate::call::{Answer, Flow};
use crate::flow::refresh_token::{find_session, revocation};
use crate::item::Reason;
use crate::op::Op;
use crate::run::{Outcome, Run};

pub(crate) fn start(run: &mut Run<'_>) {
    run.call_mut().locals.reason = Some(Reason::Logout);
    run.request(&[Op::ReadPointer]);
}

pub(crate) fn receive(run: &mut Run<'_>, op: Op, outcome: Outcome) {
    let Flow::Logout(holder) = run.spec().flow else { return };
    let Some(token) = run.world.token(holder) else { return };
    if op == Op::ReadPointer {
        find_session(run, token, outcome);
    } else {
        revocation(run, outcome, Answer::Done, Answer::Done);
    }
}

pub(crate) fn joined(run: &mut Run<'_>, op: Op) {
    if op == Op::ReadPointer {
        run.request(&[Op::Revoke]);
    }
}
