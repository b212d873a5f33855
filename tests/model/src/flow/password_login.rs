//! `password-login`: counts the attempt, compares the password, and removes the attempt from the count if
//! the password was right.

use crate::call::{Answer, Flow};
use crate::flow::count;
use crate::op::Op;
use crate::run::{Outcome, Run};

pub(crate) fn start(run: &mut Run<'_>) {
    run.request(&[Op::Count]);
}

pub(crate) fn receive(run: &mut Run<'_>, op: Op, outcome: Outcome) {
    if op == Op::Count {
        count::counted(run, outcome);
    } else {
        // Its outcome doesn't matter: the password was right.
        run.answer(Answer::Done);
    }
}

pub(crate) fn joined(run: &mut Run<'_>, op: Op) {
    let is_right = matches!(run.spec().flow, Flow::Login { is_right: true });
    match op {
        Op::Count if is_right => run.request(&[Op::TakeBack]),
        _ => run.answer(Answer::Refused),
    }
}
