//! `password-login`: counts the attempt, compares, and takes the attempt back if it was right.

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
        // Whatever became of it: a right password is not refused for that.
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
