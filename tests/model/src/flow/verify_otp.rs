//! `verify-otp`: counts an attempt, compares the code, puts the session, and redeems the code.

use domain::decide::{self, Attempt, Redemption, Unresolved};

use crate::call::{Answer, Flow, Guess};
use crate::flow::count;
use crate::id::{CallId, Code, FamilyId, Token, timestamp};
use crate::invariant;
use crate::item::Otp;
use crate::op::Op;
use crate::run::{Outcome, Run};
use crate::variant::Variant;

pub(crate) fn start(run: &mut Run<'_>) {
    let counts_source = run.protocol.scenario.source_limit.is_some();
    if run.breaks(Variant::CompareBeforeCount) {
        run.request(&[Op::ReadCode]);
    } else if counts_source && !run.breaks(Variant::SourceAfterCompare) {
        run.request(&[Op::CountSource]);
    } else {
        run.request(&[Op::Attempt, Op::ReadIdentity]);
    }
}

pub(crate) fn receive(run: &mut Run<'_>, op: Op, outcome: Outcome) {
    match op {
        Op::ReadCode => looked_at(run),
        Op::Attempt => attempted(run, outcome),
        Op::ReadIdentity => identified(run, outcome),
        Op::PutFamily => {
            let family = FamilyId::generated_by(run.id);
            let exists = run.world.tables.families.get(family).is_some();
            run.stored(outcome, exists);
        }
        Op::PutPointer => {
            let token = Token::generated_by(run.id);
            let exists = run.world.tables.pointers.get(token).is_some();
            run.stored(outcome, exists);
        }
        Op::ReadUser => found(run, outcome),
        Op::CountSource => count::counted_source(run, outcome),
        // A failure is forgiven: the sign-in is committed.
        Op::Withdraw | Op::TakeBackSource | Op::GiveBack => {}
        _ => redeemed(run, outcome),
    }
}

pub(crate) fn joined(run: &mut Run<'_>, op: Op) {
    if let Some(token) = run.call().locals.committed {
        return clear_away(run, op, token);
    }
    let counts_source = run.protocol.scenario.source_limit.is_some();
    match op {
        Op::ReadCode | Op::CountSource if !run.breaks(Variant::SourceAfterCompare) => {
            run.request(&[Op::Attempt, Op::ReadIdentity]);
        }
        Op::Attempt | Op::ReadIdentity if is_right(run) => {
            run.request(&[Op::PutFamily, Op::PutPointer, Op::ReadUser]);
        }
        Op::Attempt | Op::ReadIdentity
            if counts_source && run.breaks(Variant::SourceAfterCompare) =>
        {
            run.request(&[Op::CountSource]);
        }
        Op::PutFamily | Op::PutPointer | Op::ReadUser if run.call().locals.is_admitted => {
            if run.breaks(Variant::WithdrawBesideCommit) {
                run.post(Op::Withdraw);
            }
            run.request(&[Op::Redeem]);
        }
        Op::PutFamily | Op::PutPointer | Op::ReadUser if run.call().locals.refusal.is_some() => {
            run.request(&[Op::GiveBack]);
        }
        Op::GiveBack if is_right(run) => run.answer(Answer::Unavailable),
        Op::Attempt | Op::ReadIdentity if run.breaks(Variant::WrongGuessGivenBack) => {
            run.request(&[Op::GiveBack]);
        }
        _ => run.answer(Answer::Refused),
    }
}

/// After the commit: withdraws the code of the other identity, and takes the source's attempt back.
fn clear_away(run: &mut Run<'_>, op: Op, token: Token) {
    let scenario = &run.protocol.scenario;
    let withdraws = scenario.has_second_identity && !run.breaks(Variant::WithdrawBesideCommit);
    match op {
        Op::Redeem if withdraws => run.request(&[Op::Withdraw]),
        Op::Redeem if scenario.source_limit.is_some() => run.request(&[Op::TakeBackSource]),
        _ => run.answer(Answer::Tokens(token)),
    }
}

/// The code that a call presents.
pub(crate) fn guessed(guess: Guess) -> Option<Code> {
    match guess {
        Guess::FirstCode => Some(Code::FIRST),
        Guess::CodeOf(place) => {
            u8::try_from(place).ok().map(|place| Code::generated_by(CallId(place)))
        }
        Guess::Wrong => None,
    }
}

fn is_right(run: &Run<'_>) -> bool {
    let Flow::VerifyOtp(guess) = run.spec().flow else { return false };
    run.call().locals.granted.is_some() && run.call().locals.granted == guessed(guess)
}

/// Broken variant: compares the code before the attempt is counted.
fn looked_at(run: &mut Run<'_>) {
    let is_open = |otp: &&Otp| {
        let unknown = domain::id::Nonce::stored("unknown");
        let challenge = Some(otp.challenge());
        decide::attempt(challenge, &unknown, None, timestamp(run.now())) == Err(Unresolved)
    };
    match run.otp().filter(is_open).map(|otp| otp.code) {
        Some(code) => granted(run, code),
        None => run.answer(Answer::Refused),
    }
}

fn attempted(run: &mut Run<'_>, outcome: Outcome) {
    let found = run.otp().map(Otp::challenge);
    let code = run.otp().map(|otp| otp.code);
    let nonce = run.names(Variant::DerivedAttemptNonce).nonce();
    let valid_after = run.call().valid_after.map(timestamp);
    let is_granted = match outcome {
        Outcome::Applied => Ok(true),
        Outcome::Lost => Ok(false),
        _ if run.breaks(Variant::DoubtIsRefusal) => Ok(false),
        _ => decide::attempt(found, &nonce, valid_after, timestamp(run.now()))
            .map(|attempt| matches!(attempt, Attempt::Granted { .. })),
    };
    match (is_granted, code) {
        (Ok(true), _) if run.breaks(Variant::CompareBeforeCount) => {}
        (Ok(true), Some(code)) => granted(run, code),
        (Err(Unresolved), Some(code)) if run.breaks(Variant::ComparedInDoubt) => {
            granted(run, code);
        }
        (Ok(false), _) => run.answer(Answer::Refused),
        _ => run.answer(Answer::Unavailable),
    }
}

/// Compares the code, once.
fn granted(run: &mut Run<'_>, code: Code) {
    run.call_mut().locals.granted = Some(code);
    invariant::on_compare(run, code);
}

fn identified(run: &mut Run<'_>, outcome: Outcome) {
    // The older image is the one in which the identity still led to the user.
    let is_stale = outcome == Outcome::Read { is_stale: true };
    run.call_mut().locals.is_identified = is_stale || run.world.tables.identity.is_some();
}

fn found(run: &mut Run<'_>, outcome: Outcome) {
    let is_stale = outcome == Outcome::Read { is_stale: true };
    let is_admitted = run.call().locals.is_identified && run.is_admitted(is_stale, run.now());
    run.call_mut().locals.is_admitted = is_admitted;
    let is_signed_out = run.is_signed_out(is_stale);
    run.call_mut().locals.refusal = is_signed_out.then_some(Answer::Unavailable);
}

fn redeemed(run: &mut Run<'_>, outcome: Outcome) {
    let refresh = Token::generated_by(run.id);
    let found = run.otp().map(Otp::challenge);
    let Some(compared) = run.call().locals.granted else { return };
    let redemption = match outcome {
        Outcome::Applied => Ok(Redemption::Redeemed),
        _ => match decide::redemption(found.as_ref(), &compared.otp_id(), &refresh.digest()) {
            Ok(Redemption::Redeemed) if run.breaks(Variant::RedemptionNotRecognised) => {
                Ok(Redemption::LostRace)
            }
            Err(Unresolved) if run.breaks(Variant::DoubtIsRefusal) => Ok(Redemption::LostRace),
            Err(Unresolved) if run.breaks(Variant::DoubtIsSuccess) => Ok(Redemption::Redeemed),
            redemption => redemption,
        },
    };
    match redemption {
        Ok(Redemption::Redeemed) => run.call_mut().locals.committed = Some(refresh),
        Ok(Redemption::LostRace) => run.answer(Answer::Refused),
        Err(Unresolved) => run.answer(Answer::Unavailable),
    }
}
