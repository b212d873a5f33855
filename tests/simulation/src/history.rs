//! The codes and families of the calls so far.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::limits::Window;
use domain::otp::ATTEMPT_REACH;
use domain::time::Timestamp;

use crate::client::{Call, Done};

/// How long a token works without a rotation, by the contract.
pub(crate) const SLIDING_LIFETIME: Duration = Duration::from_hours(24 * 30);

/// How long a family lives, by the contract.
pub(crate) const ABSOLUTE_LIFETIME: Duration = Duration::from_hours(24 * 90);

/// A code that the patient could read.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) otp_id: String,
    pub(crate) digits: String,
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// The step after which the code existed.
    pub(crate) known_since: usize,
}

/// A refresh token that a client got.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) issued_at: Timestamp,
    /// The token that it was exchanged for.
    pub(crate) successor: Option<usize>,
    /// When the rightful client first presented it, and with which idempotency key.
    pub(crate) first_presented: Option<(Timestamp, Option<String>)>,
}

/// A family, as its client sees it.
#[derive(Clone, Debug)]
pub(crate) struct Family {
    pub(crate) created_at: Timestamp,
    /// The family's id, from the access token.
    pub(crate) sid: String,
    pub(crate) tokens: Vec<Token>,
    /// The key of the newest rotation that had one, and the token that was presented with it.
    pub(crate) last_key: Option<(String, usize)>,
    /// The step in which an end was acknowledged.
    pub(crate) ended_in: Option<usize>,
    /// An event that may or must end the family: a logout, a replay, a retry without a key or too late.
    pub(crate) may_end: bool,
}

impl Family {
    /// The newest token of the rightful client.
    pub(crate) fn current(&self) -> usize {
        self.tokens.len() - 1
    }
}

/// The whole history.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) done: Vec<Done>,
    pub(crate) codes: Vec<Code>,
    pub(crate) families: Vec<Family>,
    /// Every counted attempt that was seen, by code.
    pub(crate) attempts: BTreeMap<String, std::collections::BTreeSet<String>>,
    /// The latest bound that an operator set or may have set, and the step of its acknowledgement.
    pub(crate) bounds: Vec<(Timestamp, Option<usize>)>,
    /// The same of fences.
    pub(crate) fences: Vec<(Timestamp, Option<usize>)>,
    /// How many sends and wrong codes of the patient's address an hour allows.
    pub(crate) source_limit: Option<u32>,
    /// The key of the newest send.
    pub(crate) send_key: Option<String>,
    /// The newest send, if it had a key, was answered, and no call may still send otherwise.
    pub(crate) repeatable: Option<(String, Timestamp)>,
    /// The id of the send that was stored after the last step that sent.
    pub(crate) last_send: Option<String>,
}

impl History {
    /// How many calls of the hour of `now` may have counted for the patient's address, and how many are
    /// sure to have been wrong codes.
    pub(crate) fn of_the_source(&self, now: Timestamp) -> (usize, usize) {
        let hour = |at: Timestamp| Window::hour(at).label();
        let counts = |done: &&Done| matches!(done.call, Call::Send { .. } | Call::Verify { .. });
        let here: Vec<_> = self.done.iter().filter(|done| hour(done.now) == hour(now)).collect();
        let wrong = here.iter().filter(|done| done.end.code() == "UNAUTHORIZED").count();
        (here.into_iter().filter(counts).count(), wrong)
    }

    /// Whether what was created at this instant is from before a fence that was set, or may have been.
    pub(crate) fn may_be_fenced(&self, created_at: Timestamp) -> bool {
        self.fences.iter().any(|(bound, _)| *bound >= created_at)
    }

    /// Whether what was created then is from before a fence that was acknowledged, and is over.
    pub(crate) fn is_fenced(&self, created_at: Timestamp, done: &Done) -> bool {
        self.fences.iter().any(|(bound, acknowledged)| {
            let is_over = acknowledged.is_some_and(|step| step < done.step) && done.now > *bound;
            is_over && *bound >= created_at
        })
    }

    /// How many calls may have used an attempt at this code: those of its time or later, allowing for
    /// clocks that differ.
    pub(crate) fn attempts(&self, code: &Code) -> usize {
        let reaches = |done: &&Done| done.now.plus(ATTEMPT_REACH) >= code.issued_at;
        let is_verify = |done: &&Done| matches!(done.call, Call::Verify { .. });
        self.done.iter().filter(is_verify).filter(reaches).count()
    }

    /// How many calls, except the one at `except`, presented the code at this place.
    pub(crate) fn presentations(&self, code: usize, except: usize) -> usize {
        let presents = |done: &Done| matches!(&done.call, Call::Verify { code: Some(presented), .. } if *presented == code);
        let others = self.done.iter().enumerate().filter(|(place, _)| *place != except);
        others.filter(|(_, done)| presents(done)).count()
    }

    /// Whether a call may have replaced this code.
    pub(crate) fn may_be_replaced(&self, code: &Code) -> bool {
        self.done.iter().any(|done| {
            matches!(done.call, Call::Send { .. })
                && done.step >= code.known_since
                && (done.now.since(code.issued_at).as_secs() >= 150 || self.attempts(code) >= 3)
        })
    }
}
