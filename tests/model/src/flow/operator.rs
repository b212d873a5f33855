//! An operator's commands: disable, sign out everywhere and erase a user, fence the organization, unlock
//! an identity.

use crate::call::{Answer, Flow};
use crate::op::Op;
use crate::run::{Outcome, Run};
use crate::variant::{Clause, Variant};

pub(crate) fn start(run: &mut Run<'_>) {
    let first = match run.spec().flow {
        Flow::Disable => Op::Disable,
        Flow::EndSessions => Op::EndSessions,
        Flow::Fence => Op::Fence,
        Flow::Unlock => return unlock(run),
        _ => Op::EraseUser,
    };
    run.request(&[first]);
}

/// Clears the counter as it is read here, then withdraws the code.
fn unlock(run: &mut Run<'_>) {
    let label = run.window().label();
    run.call_mut().locals.counted =
        run.world.tables.counters.get(label).map(|counter| counter.seen);
    let clears = run.call().locals.counted.is_some();
    run.request(if clears { &[Op::ClearCounter] } else { &[Op::ReadCode] });
}

fn unlocked(run: &mut Run<'_>, op: Op, outcome: Outcome) {
    match op {
        // Lost: something was counted since, so the operator has to unlock again.
        Op::ClearCounter if outcome != Outcome::Applied => run.answer(Answer::Unavailable),
        Op::ReadCode => {
            let live = run.otp().filter(|otp| otp.live.is_some()).map(|otp| otp.code);
            run.call_mut().locals.granted = live;
            if live.is_none() {
                run.answer(Answer::Done);
            }
        }
        Op::Redeem | Op::EraseCode => run.answer(Answer::Done),
        _ => {}
    }
}

pub(crate) fn receive(run: &mut Run<'_>, op: Op, outcome: Outcome) {
    if run.spec().flow == Flow::Unlock {
        return unlocked(run, op, outcome);
    }
    let user = run.world.tables.user;
    let fence = run.fence_bound();
    let bound = run.bound();
    let is_done = outcome == Outcome::Applied
        || match op {
            Op::Disable => user.is_none_or(|user| user.disabled),
            Op::EndSessions => user
                .is_none_or(|user| user.sessions_valid_after.is_some_and(|stored| stored >= bound)),
            Op::EraseUser => user.is_none(),
            Op::Fence => run.world.tables.valid_after.is_some_and(|stored| stored >= fence),
            // Marked by another command: that one deletes it.
            Op::MarkIdentity => true,
            _ => run.world.tables.identity.is_none(),
        };
    if !is_done {
        return run.answer(Answer::Unavailable);
    }
    let ledger = &mut run.world.ledger;
    match op {
        Op::Disable | Op::EraseUser => ledger.is_banned = true,
        Op::EndSessions => ledger.sign_outs += 1,
        Op::Fence => ledger.acknowledge_fence(fence),
        _ => {}
    }
    let deletes = run.world.tables.identity.is_some_and(|found| found.deleted_by == Some(run.id));
    let goes_on = match op {
        Op::EraseUser => true,
        Op::MarkIdentity => deletes || run.breaks(Variant::Without(Clause::EraseIsMarked)),
        _ => false,
    };
    if !goes_on {
        run.answer(Answer::Done);
    }
}

pub(crate) fn joined(run: &mut Run<'_>, op: Op) {
    match op {
        Op::EraseUser => run.request(&[Op::MarkIdentity]),
        Op::MarkIdentity => run.request(&[Op::EraseIdentity]),
        Op::ClearCounter => run.request(&[Op::ReadCode]),
        Op::ReadCode if run.breaks(Variant::UnlockByDeletion) => run.request(&[Op::EraseCode]),
        Op::ReadCode => run.request(&[Op::Redeem]),
        _ => {}
    }
}
