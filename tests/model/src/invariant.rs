//! The invariants of ARCHITECTURE.md that a protocol can break, and where each is checked.
//!
//! Most are about events, not about states: they are checked at the event, and a violation is recorded in
//! the ledger, which the checker's properties read.

use domain::otp::MAX_ATTEMPTS;

use crate::call::{Answer, Flow, Presented, family_of};
use crate::excuse;
use crate::flow::verify_otp::guessed;
use crate::id::{CallId, Code, FamilyId, Seconds, Token, timestamp};
use crate::item::{Otp, Pointer};
use crate::ledger::Rotated;
use crate::run::Run;
use crate::time;
use crate::world::World;

/// What must always hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[expect(missing_docs, reason = "`name` describes each")]
pub enum Invariant {
    I1,
    I2,
    I3,
    I4,
    I5,
    I6,
    I7,
    I8,
    I11,
    I13,
    I14,
    I15,
    I16,
    I17,
    I18,
    Limit,
    Replace,
    Resend,
    Withdraw,
}

impl Invariant {
    /// All, in the order of ARCHITECTURE.md.
    pub const ALL: [Self; 19] = [
        Self::I1,
        Self::I2,
        Self::I3,
        Self::I4,
        Self::I5,
        Self::I6,
        Self::I7,
        Self::I8,
        Self::I11,
        Self::I13,
        Self::I14,
        Self::I15,
        Self::I16,
        Self::I17,
        Self::I18,
        Self::Limit,
        Self::Replace,
        Self::Resend,
        Self::Withdraw,
    ];

    /// The invariant's number and a short text.
    pub fn name(self) -> &'static str {
        match self {
            Self::I1 => "I1 at most 3 compares per code",
            Self::I2 => "I2 at most one family per code reaches a client",
            Self::I3 => "I3 no code works after expiry, success or a newer code",
            Self::I4 => "I4 one refresh token has one successor",
            Self::I5 => "I5 a replaced refresh token is never live again",
            Self::I6 => "I6 nothing succeeds after an acknowledged revocation",
            Self::I7 => "I7 REUSED only when durably revoked",
            Self::I8 => "I8 expiry = min(sliding, absolute)",
            Self::I11 => "I11 a lost answer causes no false refusal and no second attempt",
            Self::I13 => "I13 every short-lived item has a ttl, after its expiry",
            Self::I14 => {
                "I14 a crash before the commit changes nothing, after it a retry is answered"
            }
            Self::I15 => "I15 a send repeated with its key sends nothing again",
            Self::I16 => "I16 one key serves one rotation",
            Self::I17 => "I17 once a fence is over, nothing from before it works",
            Self::I18 => "I18 a change names the call that made it",
            Self::Limit => "counter: no window allows more than its limit",
            Self::Replace => "send: a live code is not replaced",
            Self::Resend => "send: no resend is made twice",
            Self::Withdraw => "sign-in: another code is withdrawn only after the commit",
        }
    }

    /// Whether the invariant holds in this state.
    pub(crate) fn holds(self, world: &World) -> bool {
        let is_in_state = match self {
            Self::I11 => !has_double_count(world),
            Self::I13 => every_item_ends(world),
            _ => true,
        };
        is_in_state && !world.ledger.is_broken(self)
    }
}

/// Whether a call was counted twice: in a counter, or among the attempts at one code.
fn has_double_count(world: &World) -> bool {
    let mut lives = world.tables.otps().filter_map(|otp| otp.live.as_ref());
    lives.any(|live| live.attempts.has_double())
        || world.tables.counters.values().any(|counter| counter.seen.has_double())
}

fn every_item_ends(world: &World) -> bool {
    let tables = &world.tables;
    let code = tables.otps().all(|otp| {
        let expires_at = otp.live.as_ref().map_or(otp.issued_at, |live| live.expires_at);
        otp.ttl.is_some_and(|ttl| ttl > expires_at)
    });
    code && tables.counters.values().chain(&tables.source).all(|counter| counter.ttl.is_some())
        && tables.pointers.values().all(|pointer| pointer.ttl > Some(pointer.ends_at))
        && tables.families.values().all(|family| family.ttl > Some(family.expires_at))
}

/// An attempt at a code is counted. A call that ended before the code was issued, allowing for clocks that
/// differ, must not count.
pub(crate) fn on_attempted(run: &mut Run<'_>, code: Code) {
    let ended_at = run.now() + time::DEADLINE;
    if run.issued_at(code) > ended_at + time::CLOCKS_DIFFER {
        run.world.ledger.breaks(Invariant::I11);
    }
}

/// A call compares its guess with a code.
pub(crate) fn on_compare(run: &mut Run<'_>, code: Code) {
    let has_expired = run.has_expired(code);
    if let Flow::VerifyOtp(guess) = run.spec().flow
        && guessed(guess) != Some(code)
    {
        on_wrong(run);
    }
    let ledger = &mut run.world.ledger;
    if has_expired || ledger.is_spent(code) || ledger.is_superseded(code) {
        ledger.breaks(Invariant::I3);
    }
    if ledger.compare(code) as usize > MAX_ATTEMPTS {
        ledger.breaks(Invariant::I1);
    }
}

/// The attempt of a call that compared this code is given back: allowed to the right code alone, as whoever
/// has it needs no guess.
pub(crate) fn on_given_back(run: &mut Run<'_>, compared: Option<Code>) {
    if let (Flow::VerifyOtp(guess), Some(code)) = (run.spec().flow, compared)
        && guessed(guess) == Some(code)
    {
        run.world.ledger.forget_compare(code);
    }
}

/// A wrong guess is compared.
fn on_wrong(run: &mut Run<'_>) {
    run.world.ledger.wrong.insert(run.id.0);
    let limit = run.protocol.scenario.source_limit;
    if limit.is_some_and(|limit| run.world.ledger.wrong.count() > limit) {
        run.world.ledger.breaks(Invariant::Limit);
    }
}

/// An operator's unlock clears the counter. What the operator saw counts no more.
pub(crate) fn on_cleared(run: &mut Run<'_>) {
    let seen = run.call().locals.counted.unwrap_or_default();
    for id in run.world.ids().filter(|id| seen.contains(*id)) {
        run.world.ledger.admitted.remove(id.0);
    }
}

/// The code of the other identity is withdrawn.
pub(crate) fn on_withdrawn(run: &mut Run<'_>) {
    let is_committed =
        run.call().locals.granted.is_some_and(|code| run.world.ledger.is_spent(code));
    let other = run.world.tables.otp(!run.spec().is_second);
    let is_newer = other.is_some_and(|otp| otp.issued_at > run.now() + time::CLOCKS_DIFFER);
    if !is_committed || is_newer {
        run.world.ledger.breaks(Invariant::Withdraw);
    }
}

/// A code is about to be delivered: a new one, or the live one again.
pub(crate) fn on_delivery(run: &mut Run<'_>, is_new: bool) {
    let (now, key, is_second) = (run.now(), run.key(), usize::from(run.spec().is_second));
    let is_over = run.otp().is_some_and(|otp| {
        otp.live.as_ref().is_some_and(|live| {
            live.expires_at <= now || live.attempts.size() as usize >= MAX_ATTEMPTS
        }) || run.call().valid_after.is_some_and(|bound| otp.issued_at <= bound)
    });
    let last = run.world.ledger.keyed[is_second];
    let is_repetition = last.is_some_and(|(name, by, at)| {
        key == Some(name) && by != run.id && now - at <= time::REPETITION
    });
    if is_repetition && !is_over {
        run.world.ledger.breaks(Invariant::I15);
    }
    if key.is_some() || is_new {
        run.world.ledger.keyed[is_second] = key.map(|name| (name, run.id, now));
    }
}

/// A send is answered as a repetition: then there is one that it repeats.
pub(crate) fn on_repeated(run: &mut Run<'_>) {
    let last = run.world.ledger.keyed[usize::from(run.spec().is_second)];
    if last.is_none_or(|(name, _, _)| run.key() != Some(name)) {
        run.world.ledger.breaks(Invariant::I15);
    }
}

/// The guard of a put or a resend failed, but its outcome can't be decided: it never would be.
pub(crate) fn on_stuck(run: &mut Run<'_>) {
    let is_fenced = run.call().valid_after.is_some();
    run.world.ledger.breaks(if is_fenced { Invariant::I17 } else { Invariant::I15 });
}

/// A code is about to be put.
pub(crate) fn on_code_put(run: &mut Run<'_>, code: Code) {
    let now = run.now();
    let is_fenced = run.otp().is_some_and(|otp| run.call().valid_after >= Some(otp.issued_at));
    let live = run.otp().map(Otp::challenge).and_then(|challenge| challenge.code);
    if live.is_some_and(|live| live.is_worth_resending(timestamp(now))) && !is_fenced {
        run.world.ledger.breaks(Invariant::Replace);
    }
    let is_second = run.spec().is_second;
    run.world.ledger.store_code(code, is_second);
}

/// A live code is to be delivered once more.
pub(crate) fn on_resent(run: &mut Run<'_>) {
    if !run.world.ledger.resend(run.id) {
        run.world.ledger.breaks(Invariant::Resend);
    }
}

/// The counter allows a send or a password attempt. Right passwords don't count.
pub(crate) fn on_admitted(run: &mut Run<'_>) {
    if run.spec().flow == (Flow::Login { is_right: true }) {
        return;
    }
    run.world.ledger.admitted.insert(run.id.0);
    let Some(limit) = run.protocol.scenario.limit else { return };
    let here = run.window();
    let admitted = run.world.ids().filter(|id| run.world.ledger.admitted.contains(id.0));
    if admitted.filter(|id| run.window_of(*id) == here).count() > limit as usize {
        run.world.ledger.breaks(Invariant::Limit);
    }
}

/// A redemption was applied to the item of `code`.
pub(crate) fn on_redeemed(run: &mut Run<'_>, code: Code, compared: Code) {
    let has_facts = run.spec().flow == Flow::Unlock || {
        let tables = &run.world.tables;
        tables.families.get(FamilyId::generated_by(run.id)).is_some()
            && tables.pointers.get(Token::generated_by(run.id)).is_some()
    };
    // A late copy of a call that ended may redeem an old, expired code that TTL deleted and another late
    // copy put again. That is harmless, because the call doesn't answer any more.
    let will_answer = run.call().is_running();
    let ledger = &mut run.world.ledger;
    if will_answer && (code != compared || ledger.is_superseded(compared)) {
        ledger.breaks(Invariant::I3);
    }
    if !has_facts {
        ledger.breaks(Invariant::I14);
    }
    ledger.spend(compared);
}

/// A token becomes a family's current one.
pub(crate) fn on_current(run: &mut Run<'_>, token: Token) {
    if run.world.ledger.rotations.get(token).is_some() {
        run.world.ledger.breaks(Invariant::I5);
    }
}

/// A rotation was applied.
pub(crate) fn on_rotated(run: &mut Run<'_>, presented: Token, successor: Token, session: Pointer) {
    on_current(run, successor);
    let now = run.now();
    let origin = run.world.ledger.origin(presented).map_or(session.created_at, |origin| origin.at);
    let is_alive = now < time::slides_to(origin, session.ends_at);
    let family = run.world.tables.families.get(session.family);
    let expires_at = family.map_or(Seconds::MAX, |family| family.expires_at);
    // A copy that arrives after the whole session may find that TTL has deleted the pointer.
    let has_facts =
        run.world.tables.pointers.get(successor).is_some() || session.ttl < Some(run.clock());

    let key = run.key();
    let ledger = &mut run.world.ledger;
    if !is_alive || expires_at != time::slides_to(now, session.ends_at) {
        ledger.breaks(Invariant::I8);
    }
    if ledger.is_revocation_acknowledged(session.family) {
        ledger.breaks(Invariant::I6);
    }
    if !has_facts {
        ledger.breaks(Invariant::I14);
    }
    // A copy of a rotation that is recorded changes nothing.
    if ledger.rotations.get(presented).is_none_or(|known| known.successor != successor) {
        ledger.rotations.put(presented, Rotated { by: run.id, successor, at: now });
        if let Some(key) = key {
            if ledger.last_keys.get(session.family) == Some(&key) {
                ledger.breaks(Invariant::I16);
            }
            ledger.last_keys.put(session.family, key);
        }
    }
}

/// A presentation is treated as a replay: it must be a theft, or one of the accepted limits.
pub(crate) fn on_replayed(run: &mut Run<'_>, presented: Token) {
    let excuse = excuse::for_replay(run, presented);
    judge(run, excuse);
}

/// The guard of a rotation failed, but its outcome can't be decided.
pub(crate) fn on_unresolved(run: &mut Run<'_>, presented: Token) {
    let excuse = excuse::for_doubt(run, presented);
    judge(run, excuse);
}

/// A call is refused because its key was used for the rotation before.
pub(crate) fn on_key_used(run: &mut Run<'_>, presented: Token) {
    let excuse = excuse::for_key_used(run, presented);
    judge(run, excuse);
}

/// A call ends.
pub(crate) fn on_answer(run: &mut Run<'_>, answer: Answer) {
    let excuse = match answer {
        // A used key is judged when it is found, before the pointer is dropped.
        Answer::Done | Answer::Unavailable | Answer::KeyUsed => Ok(()),
        Answer::Tokens(token) => return on_tokens(run, token),
        Answer::Refused => excuse::for_refusal(run),
        Answer::RateLimited => excuse::for_rate_limit(run),
        Answer::Invalid => excuse::for_invalid(run),
        Answer::Expired => excuse::for_expired(run),
        Answer::Reused => is_durably_revoked(run),
    };
    judge(run, excuse);
}

fn judge(run: &mut Run<'_>, excuse: Result<(), Invariant>) {
    if let Err(broken) = excuse {
        run.world.ledger.breaks(broken);
    }
}

fn is_durably_revoked(run: &Run<'_>) -> Result<(), Invariant> {
    let Some(session) = run.call().locals.session else { return Err(Invariant::I7) };
    let family = run.world.tables.families.get(session.family);
    let is_revoked = family.is_none_or(|family| family.revoked.is_some());
    if is_revoked { Ok(()) } else { Err(Invariant::I7) }
}

fn on_tokens(run: &mut Run<'_>, token: Token) {
    match run.spec().flow {
        Flow::VerifyOtp(guess) => on_signed_in(run, guessed(guess)),
        Flow::RefreshToken(presented) => on_refreshed(run, presented, token),
        _ => {}
    }
}

fn on_refreshed(run: &mut Run<'_>, presented: Presented, token: Token) {
    let calls = &run.protocol.scenario.calls;
    let is_second = run.world.ids().filter(|id| *id != run.id).any(|id| {
        let Flow::RefreshToken(other) = calls[id.index()].flow else { return false };
        let Some(Answer::Tokens(successor)) = run.world.call(id).answer else { return false };
        let is_retry = other.key.is_some() && other.key == presented.key;
        other.token == presented.token && !(is_retry && successor == token)
    });
    if is_second {
        run.world.ledger.breaks(Invariant::I4);
    }
    let family = family_of(calls, presented.token);
    if is_over(run, family) {
        run.world.ledger.breaks(Invariant::I6);
    }
    let signed_in = family.0.checked_sub(1).map(CallId);
    let code = signed_in.map(|id| run.world.call(id).locals.granted);
    judge_fenced(run, code.flatten());
}

/// Tokens are returned for a code, or for a session that exists from the start.
fn judge_fenced(run: &mut Run<'_>, code: Option<Code>) {
    let is_from_before = code.is_none_or(|code| run.world.ledger.is_fenced(code));
    if run.call().started_after.is_fenced && is_from_before {
        run.world.ledger.breaks(Invariant::I17);
    }
}

fn on_signed_in(run: &mut Run<'_>, code: Option<Code>) {
    let is_second = run.world.ids().filter(|id| *id != run.id).any(|id| {
        let call = run.world.call(id);
        matches!(call.answer, Some(Answer::Tokens(_))) && call.locals.granted == code
    });
    let started_after = run.call().started_after;
    if is_second {
        run.world.ledger.breaks(Invariant::I2);
    }
    if started_after.is_banned {
        run.world.ledger.breaks(Invariant::I6);
    }
    judge_fenced(run, code);
}

/// Whether this call began after an acknowledged end of this family.
fn is_over(run: &Run<'_>, family: FamilyId) -> bool {
    let started_after = run.call().started_after;
    let signed_in = family.0.checked_sub(1).map(CallId);
    let sign_outs = signed_in.map_or(0, |id| run.world.call(id).started_after.sign_outs);
    started_after.is_banned || started_after.is_revoked || started_after.sign_outs > sign_outs
}
