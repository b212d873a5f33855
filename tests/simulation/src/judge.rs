//! Checks each answer against the invariants of ARCHITECTURE.md.

use std::time::Duration;

use crate::client::{Call, Done, End};
use crate::history::{ABSOLUTE_LIFETIME, Family, History, SLIDING_LIFETIME};

/// How long after its end a family is stored, minus a margin for clocks that differ.
const RETENTION: Duration = Duration::from_secs(2 * 24 * 3600 - 5);

/// The violations by one call. Its whole step must be in the history.
pub(crate) fn judge(history: &History, place: usize) -> Vec<String> {
    let done = &history.done[place];
    let verdict = match &done.call {
        Call::Send { .. } => send(done),
        Call::Verify { code, .. } => verify(history, place, *code),
        Call::Refresh { family, token, key } => {
            refresh(history, done, &history.families[*family], *token, key.as_deref())
        }
        Call::Logout { .. } => allowed(done, &["OK"]),
        Call::SignOutEverywhere { .. } | Call::Fence { .. } => Ok(()),
    };
    verdict.err().into_iter().map(|violation| format!("step {}: {violation}", done.step)).collect()
}

type Verdict = Result<(), String>;

fn forbid(is_violated: bool, violation: &str) -> Verdict {
    if is_violated { Err(violation.to_owned()) } else { Ok(()) }
}

/// Any call may also be unavailable.
fn allowed(done: &Done, codes: &[&str]) -> Verdict {
    let code = done.end.code();
    let is_allowed = done.end.is_unknown() || codes.contains(&code);
    forbid(!is_allowed, &format!("{:?} was answered {code}", done.call))
}

fn send(done: &Done) -> Verdict {
    allowed(done, &["OK", "RATE_LIMITED"])
}

fn verify(history: &History, place: usize, code: Option<usize>) -> Verdict {
    let done = &history.done[place];
    allowed(done, &["OK", "UNAUTHORIZED", "RATE_LIMITED"])?;
    let (counted, wrong) = history.of_the_source(done.now);
    let limit = history.source_limit.map_or(usize::MAX, |limit| limit as usize);
    forbid(wrong > limit, "a source tried more wrong codes than its limit")?;
    let is_limited = done.end.code() == "RATE_LIMITED";
    forbid(is_limited && counted <= limit, "a source was refused below its limit")?;
    let Some(place_of_code) = code else {
        return forbid(done.end.code() == "OK", "I1 a wrong code signed a user in");
    };
    let code = &history.codes[place_of_code];
    let presented_by_others = history.presentations(place_of_code, place);
    // A code of the same step may have been issued before or after this call.
    let newer = |by: usize| {
        let mut others = history.codes.iter();
        others.any(|other| other.issued_at > code.issued_at && other.known_since < by)
    };
    let was_signed_out = |must_be_acknowledged: bool| {
        history.bounds.iter().any(|(bound, acknowledged)| {
            // Rounded down to a second, because the time in the access token is.
            *bound >= done.now.whole_second()
                && (!must_be_acknowledged || acknowledged.is_some_and(|step| step < done.step))
        })
    };
    match done.end.code() {
        "OK" => {
            forbid(done.now >= code.expires_at, "I3 a code worked after its expiry")?;
            forbid(newer(done.step), "I3 a code worked after a newer one")?;
            let is_fenced = history.is_fenced(code.issued_at, done);
            forbid(is_fenced, "I17 a code from before a fence worked")?;
            forbid(was_signed_out(true), "I6 a sign-in at the time of a sign-out everywhere")?;
            let successes = history.done.iter().filter(|other| {
                matches!(&other.call, Call::Verify { code: Some(other), .. } if *other == place_of_code)
                    && other.end.code() == "OK"
            });
            forbid(successes.count() > 1, "I2 a code was exchanged twice")
        }
        "UNAUTHORIZED" => {
            let is_explained = done.now >= code.expires_at
                || presented_by_others > 0
                || history.attempts(code) > 3
                || newer(done.step + 1)
                || history.may_be_replaced(code)
                || was_signed_out(false)
                || history.may_be_fenced(code.issued_at);
            forbid(!is_explained, "I11 the right code was refused")
        }
        _ => Ok(()),
    }
}

fn refresh(
    history: &History,
    done: &Done,
    family: &Family,
    token: usize,
    key: Option<&str>,
) -> Verdict {
    let codes = ["OK", "REFRESH_REUSED", "REFRESH_INVALID", "REFRESH_EXPIRED", "VALIDATION_ERROR"];
    allowed(done, &codes)?;
    let used = family.last_key.as_ref().filter(|(_, before)| *before < token);
    let is_used = key.is_some() && key == used.map(|(used, _)| used.as_str());
    let token = &family.tokens[token];
    let was_signed_out = history.bounds.iter().any(|(bound, _)| *bound >= family.created_at)
        || history.may_be_fenced(family.created_at);
    let ends_at = family.created_at.plus(ABSOLUTE_LIFETIME);
    let slides_to = token.issued_at.plus(SLIDING_LIFETIME).min(ends_at);
    match done.end.code() {
        "OK" => {
            forbid(is_used && !family.may_end, "I16 a key served two rotations")?;
            let is_fenced = history.is_fenced(family.created_at, done);
            forbid(is_fenced, "I17 a session from before a fence lived on")?;
            let was_ended = family.ended_in.is_some_and(|step| step < done.step);
            forbid(was_ended, "I6 a token worked after its family's end was acknowledged")?;
            forbid(done.now >= ends_at, "I8 a family outlived ninety days")?;
            let is_retry = key.is_some() && token.successor.is_some();
            forbid(done.now >= slides_to && !is_retry, "I8 a token outlived thirty days")
        }
        "VALIDATION_ERROR" => {
            forbid(!is_used && !family.may_end, "I14 a key was refused that served no rotation")
        }
        "REFRESH_REUSED" => {
            forbid(!family.may_end, "I11 an honest client's token was called reused")
        }
        "REFRESH_INVALID" => {
            let is_deleted = done.now >= ends_at.plus(RETENTION);
            forbid(!was_signed_out && !is_deleted, "I11 a valid token was called invalid")
        }
        "REFRESH_EXPIRED" => {
            // A retry may get its token up to ten minutes after the rotation.
            let is_old = done.now.plus(Duration::from_mins(10)) >= slides_to;
            forbid(!is_old && !family.may_end, "I11 a valid token was called expired")
        }
        _ => Ok(()),
    }
}

/// Whether an answer means that the family has ended.
pub(crate) fn ends_family(done: &Done) -> bool {
    match (&done.call, &done.end) {
        (Call::Logout { .. }, End::Answered(answer)) => answer.status == 200,
        (Call::Refresh { .. }, End::Answered(answer)) => {
            ["REFRESH_REUSED", "REFRESH_INVALID"].contains(&answer.code())
        }
        _ => false,
    }
}
