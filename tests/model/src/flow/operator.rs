//! An operator's commands on the user: disable, sign out everywhere, erase.

use crate::call::{Answer, Flow};
use crate::op::Op;
use crate::run::{Outcome, Run};

pub(crate) fn start(run: &mut Run<'_>) {
    let first = match run.spec().flow {
        Flow::Disable => Op::Disable,
        Flow::EndSessions => Op::EndSessions,
        _ => Op::EraseUser,
    };
    run.request(&[first]);
}

pub(crate) fn receive(run: &mut Run<'_>, op: Op, outcome: Outcome) {
    let user = run.world.tables.user;
    let bound = run.bound();
    let is_done = outcome == Outcome::Applied
        || match op {
            Op::Disable => user.is_none_or(|user| user.disabled),
            Op::EndSessions => user
                .is_none_or(|user| user.sessions_valid_after.is_some_and(|stored| stored >= bound)),
            Op::EraseUser => user.is_none(),
            _ => !run.world.tables.is_identified,
        };
    if !is_done {
        return run.answer(Answer::Unavailable);
    }
    let ledger = &mut run.world.ledger;
    match op {
        Op::Disable | Op::EraseUser => ledger.is_banned = true,
        Op::EndSessions => ledger.sign_outs += 1,
        _ => {}
    }
    if op != Op::EraseUser {
        run.answer(Answer::Done);
    }
}

pub(crate) fn joined(run: &mut Run<'_>, op: Op) {
    if op == Op::EraseUser {
        run.request(&[Op::EraseIdentity]);
    }
}
