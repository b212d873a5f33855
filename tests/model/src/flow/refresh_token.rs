//! `refresh-token`: finds the session, puts the new pointer, rotates; or revokes the family.

use domain::decide::{self, Family, Presentation, Revoked, Rotation, Successor, Unresolved};

use crate::call::{Answer, Flow, Presented};
use crate::id::{KeyName, Kid, Token, timestamp};
use crate::invariant;
use crate::item::{FamilyItem, Reason};
use crate::op::Op;
use crate::run::{Outcome, Run};
use crate::variant::Variant;

pub(crate) fn start(run: &mut Run<'_>) {
    run.request(&[Op::ReadPointer]);
}

pub(crate) fn receive(run: &mut Run<'_>, op: Op, outcome: Outcome) {
    let Flow::RefreshToken(presented) = run.spec().flow else { return };
    let Some(token) = run.world.token(presented.token) else { return };
    match op {
        Op::ReadPointer => find_session(run, token, outcome),
        Op::PutPointer => {
            let pointer = run.pointer();
            let exists =
                pointer.is_some_and(|(new, _)| run.world.tables.pointers.get(new).is_some());
            let is_ours = outcome == Outcome::Applied || presented.key.is_none();
            run.call_mut().locals.is_pointer_ours = is_ours;
            run.stored(outcome, exists);
        }
        Op::ReadUser => found(run, outcome),
        Op::Rotate => rotated(run, presented, token, outcome),
        Op::DropPointer => {}
        _ => revoked(run, outcome),
    }
}

pub(crate) fn joined(run: &mut Run<'_>, op: Op) {
    if let (Op::DropPointer, Some(refusal)) = (op, run.call().locals.refusal) {
        return run.answer(refusal);
    }
    let pointer_last = run.breaks(Variant::PointerAfterCommit);
    let committed = run.call().locals.committed;
    match op {
        Op::ReadPointer if pointer_last => run.request(&[Op::ReadUser]),
        Op::ReadPointer => run.request(&[Op::PutPointer, Op::ReadUser]),
        Op::Rotate if committed.is_some() => run.request(&[Op::PutPointer]),
        Op::PutPointer if let Some(token) = committed => run.answer(Answer::Tokens(token)),
        Op::PutPointer | Op::ReadUser if run.call().locals.is_admitted => {
            run.request(&[Op::Rotate]);
        }
        Op::PutPointer | Op::ReadUser => revoke(run, Reason::User),
        Op::Rotate => revoke(run, Reason::Reuse),
        _ => {}
    }
}

/// Refuses the call, once the pointer that it put is dropped.
fn refuse(run: &mut Run<'_>, refusal: Answer) {
    if run.call().locals.is_pointer_ours && !run.breaks(Variant::PointerAfterCommit) {
        run.call_mut().locals.refusal = Some(refusal);
        run.request(&[Op::DropPointer]);
    } else {
        run.answer(refusal);
    }
}

fn revoke(run: &mut Run<'_>, reason: Reason) {
    run.call_mut().locals.reason = Some(reason);
    run.request(&[Op::Revoke]);
}

/// Finds the session of a token, for refresh-token and logout.
pub(crate) fn find_session(run: &mut Run<'_>, token: Token, outcome: Outcome) {
    let is_stale = outcome == Outcome::Read { is_stale: true };
    let pointer = run.world.tables.pointers.get(token).copied().filter(|_| !is_stale);
    run.call_mut().locals.session = pointer;
    if pointer.is_none() {
        let is_logout = matches!(run.spec().flow, Flow::Logout(_));
        run.answer(if is_logout { Answer::Done } else { Answer::Invalid });
    }
}

fn found(run: &mut Run<'_>, outcome: Outcome) {
    let is_stale = outcome == Outcome::Read { is_stale: true };
    let session = run.call().locals.session;
    let valid_after = run.call().valid_after;
    let is_admitted = session.is_some_and(|session| {
        run.is_admitted(is_stale, session.created_at)
            && valid_after.is_none_or(|valid_after| session.created_at > valid_after)
    });
    run.call_mut().locals.is_admitted = is_admitted;
}

fn rotated(run: &mut Run<'_>, presented: Presented, token: Token, outcome: Outcome) {
    let successors: Vec<_> = run.successors(presented).collect();
    let first = successors.first().map_or(token, |(_, first)| *first);
    let rotation = match outcome {
        Outcome::Applied => Ok(Rotation::Rotated(first)),
        _ => decided(run, successors_of(run, &successors), token),
    };
    match rotation {
        Ok(Rotation::Rotated(successor)) => {
            if run.breaks(Variant::PointerAfterCommit) {
                run.call_mut().locals.committed = Some(successor);
            } else {
                run.answer(Answer::Tokens(successor));
            }
        }
        Ok(Rotation::KeyUsed) => {
            invariant::on_key_used(run, token);
            refuse(run, Answer::KeyUsed);
        }
        Ok(Rotation::Revoked(_)) => refuse(run, Answer::Reused),
        Ok(Rotation::Expired) => refuse(run, Answer::Expired),
        Err(Unresolved) if run.breaks(Variant::DoubtIsSuccess) => {
            run.answer(Answer::Tokens(first));
        }
        Err(Unresolved) if !run.breaks(Variant::DoubtIsRefusal) => {
            if outcome == Outcome::Lost {
                invariant::on_unresolved(run, token);
            }
            if run.breaks(Variant::DropInDoubt) {
                refuse(run, Answer::Unavailable);
            } else {
                run.answer(Answer::Unavailable);
            }
        }
        Ok(Rotation::Replayed) | Err(Unresolved) => {
            invariant::on_replayed(run, token);
            if run.breaks(Variant::AnswerBeforeRevocation) {
                run.call_mut().locals.reason = Some(Reason::Reuse);
                run.post(Op::Revoke);
                run.answer(Answer::Reused);
            }
        }
    }
}

fn successors_of(run: &Run<'_>, successors: &[(Option<Kid>, Token)]) -> Vec<Successor<Token>> {
    if run.breaks(Variant::RotationNotRecognised) {
        return Vec::new();
    }
    successors.iter().map(|(kid, token)| token.successor(*kid)).collect()
}

/// The production decision about the stored item.
fn decided(
    run: &Run<'_>,
    successors: Vec<Successor<Token>>,
    token: Token,
) -> Result<Rotation<Token>, Unresolved> {
    let key = run.key().map(KeyName::digest);
    let mut family = family(run);
    if run.breaks(Variant::KeyBeforeRetry)
        && key.is_some()
        && family.as_ref().is_some_and(|family| family.last_key == key)
    {
        return Ok(Rotation::KeyUsed);
    }
    let call = Presentation { presented: token.digest(), successors, key };
    if let Some(family) = &mut family {
        family.previous = family.previous.take().filter(|_| !run.breaks(Variant::SlowCopyIsTheft));
        family.kid = family.kid.take().filter(|_| !run.breaks(Variant::LostKeyIsTheft));
    }
    decide::rotation(family.as_ref(), &call, timestamp(run.now()))
}

/// The family of the presented token, as stored.
fn family(run: &Run<'_>) -> Option<Family> {
    let session = run.call().locals.session?;
    run.world.tables.families.get(session.family).map(FamilyItem::family)
}

/// The outcome of a revocation, for refresh-token.
fn revoked(run: &mut Run<'_>, outcome: Outcome) {
    let is_reuse = run.call().locals.reason == Some(Reason::Reuse);
    let durable = if is_reuse { Answer::Reused } else { Answer::Invalid };
    let gone = if is_reuse { Answer::Expired } else { Answer::Invalid };
    revocation(run, outcome, durable, gone);
}

/// Answers after a revocation, for refresh-token and logout.
pub(crate) fn revocation(run: &mut Run<'_>, outcome: Outcome, durable: Answer, gone: Answer) {
    let Some(session) = run.call().locals.session else { return };
    let revoked = match outcome {
        Outcome::Applied => Ok(Revoked::Durably),
        _ => decide::revocation(family(run).as_ref()),
    };
    match revoked {
        Ok(Revoked::Durably) => {
            run.world.ledger.acknowledge_revocation(session.family);
            refuse(run, durable);
        }
        Ok(Revoked::Gone) => refuse(run, gone),
        Err(Unresolved) => run.answer(Answer::Unavailable),
    }
}
