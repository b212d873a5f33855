//! Refusals, and the reasons that justify them. Any other refusal is wrong: the caller did nothing wrong,
//! and only faults of the network or crashes of other calls can have caused it.

use domain::decide::{IDEMPOTENT_RETRY, SLOW_COPY};
use domain::otp::MAX_ATTEMPTS;

use crate::call::{Flow, Presented};
use crate::flow::verify_otp::guessed;
use crate::id::{CallId, Seconds, Token, seconds};
use crate::invariant::Invariant;
use crate::run::Run;

type Excuse = Result<(), Invariant>;

fn unless(excused: bool, broken: Invariant) -> Excuse {
    if excused { Ok(()) } else { Err(broken) }
}

/// 401 of verify-otp: the guess is wrong, the code expired, was superseded or used, other calls used up
/// the attempts, or the user doesn't exist or is refused.
pub(crate) fn for_refusal(run: &Run<'_>) -> Excuse {
    let Flow::VerifyOtp(guess) = run.spec().flow else { return Ok(()) };
    let Some(code) = guessed(guess) else { return Ok(()) };
    let world = &*run.world;
    let otp = run.otp().filter(|otp| otp.code == code);
    let is_fenced = run.call().valid_after.is_some_and(|bound| run.issued_at(code) <= bound);
    let is_used_up = otp
        .and_then(|otp| otp.live.as_ref())
        .is_some_and(|live| live.attempts.others(run.id) >= MAX_ATTEMPTS);
    let used_by = otp.and_then(|otp| otp.used_by);
    let is_used = used_by.is_some_and(|used_by| used_by != Token::generated_by(run.id));
    let excused = run.has_expired(code)
        || is_used
        || is_fenced
        || is_used_up
        || world.ledger.is_superseded(code)
        || world.tables.identity.is_none()
        || is_refused(run, run.now());
    unless(excused, Invariant::I11)
}

/// The user doesn't exist, is disabled, or was signed out everywhere since.
fn is_refused(run: &Run<'_>, created_at: Seconds) -> bool {
    let is_banned = run.world.tables.user.is_none_or(|user| user.disabled);
    is_banned || run.world.ledger.bound.is_some_and(|bound| created_at <= bound)
}

/// 429: the window is full of other calls.
pub(crate) fn for_rate_limit(run: &Run<'_>) -> Excuse {
    let limit = run.protocol.scenario.limit.unwrap_or(u32::MAX);
    let counter = run.world.tables.counters.get(run.window().label());
    let others = counter.map_or(0, |counter| counter.seen.others(run.id));
    let source_limit = run.protocol.scenario.source_limit.unwrap_or(u32::MAX);
    let source = run.world.tables.source.as_ref();
    let of_source = source.map_or(0, |counter| counter.seen.others(run.id));
    let is_full = others >= limit as usize || of_source >= source_limit as usize;
    unless(is_full, Invariant::I11)
}

/// 400 because of the key: the presented token is current, and the newest rotation with a key had this
/// one.
pub(crate) fn for_key_used(run: &Run<'_>, presented: Token) -> Excuse {
    let Some(session) = run.call().locals.session else { return Err(Invariant::I14) };
    let family = run.world.tables.families.get(session.family);
    let is_current = family.is_some_and(|family| family.current == Some(presented));
    let last_key = run.world.ledger.last_keys.get(session.family).copied();
    unless(is_current && last_key == run.key(), Invariant::I14)
}

/// `REFRESH_INVALID` for a token that was returned before: TTL deleted its pointer; or the user or a
/// fence doesn't admit the session. A session that isn't admitted never is again, so the time of this check doesn't
/// matter.
pub(crate) fn for_invalid(run: &Run<'_>) -> Excuse {
    let clock = run.clock();
    let excused = if let Some(session) = run.call().locals.session {
        let fence = run.call().valid_after;
        is_refused(run, session.created_at) || fence >= Some(session.created_at)
    } else {
        let families = &run.world.tables.families;
        families.values().all(|family| family.ttl < Some(clock))
    };
    unless(excused, Invariant::I14)
}

/// `REFRESH_EXPIRED`: the token has expired.
pub(crate) fn for_expired(run: &Run<'_>) -> Excuse {
    let Some(session) = run.call().locals.session else { return Err(Invariant::I11) };
    let clock = run.clock();
    let family = run.world.tables.families.get(session.family);
    let excused = match family {
        Some(family) => run.now() >= family.expires_at,
        None => session.ttl < Some(clock),
    };
    unless(excused, Invariant::I11)
}

/// A replay: another client rotated the token; or it is a retry that is too late, or whose successor was
/// used, which only a client that got the answer can do.
pub(crate) fn for_replay(run: &Run<'_>, presented: Token) -> Excuse {
    let Flow::RefreshToken(call) = run.spec().flow else { return Ok(()) };
    let rotations = &run.world.ledger.rotations;
    let Some(rotated) = rotations.get(presented) else { return Err(Invariant::I14) };
    if !is_retry(run, call, rotated.by) {
        return Ok(());
    }
    let excused = match rotations.get(rotated.successor) {
        None => run.now() - rotated.at >= seconds(IDEMPOTENT_RETRY),
        Some(used) => {
            let is_slow = run.now() - used.at < seconds(SLOW_COPY);
            !is_slow || rotations.get(used.successor).is_some()
        }
    };
    // If this call rotated the token, an answer of DynamoDB was lost (I11); if an earlier call did, an
    // answer of ours was (I14).
    unless(excused, if rotated.by == run.id { Invariant::I11 } else { Invariant::I14 })
}

/// 503 for a rotation whose guard failed: it is a retry whose successor was used or can't be derived
/// again. In any other case, the item says which answer is right.
pub(crate) fn for_doubt(run: &Run<'_>, presented: Token) -> Excuse {
    let Flow::RefreshToken(call) = run.spec().flow else { return Ok(()) };
    let rotations = &run.world.ledger.rotations;
    let Some(rotated) = rotations.get(presented) else { return Err(Invariant::I14) };
    let is_used = rotations.get(rotated.successor).is_some();
    let is_derivable = run.successors(call).any(|(_, token)| token == rotated.successor);
    unless(is_retry(run, call, rotated.by) && (is_used || !is_derivable), Invariant::I14)
}

/// Whether a call is a retry of `first`: the same call, or the same token with the same key.
fn is_retry(run: &Run<'_>, call: Presented, first: CallId) -> bool {
    let Flow::RefreshToken(other) = run.protocol.scenario.calls[first.index()].flow else {
        return false;
    };
    first == run.id || (call.key.is_some() && call.key == other.key && call.token == other.token)
}
