//! One call of a handler: what it is given, and how far it has come.

use crate::id::{Code, Delivery, FamilyId, KeyName, Kid, Seconds, Token};
use crate::item::{Pointer, Reason};
use crate::op::{Copies, Ops};

/// What a scenario says about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The endpoint, and what it is given.
    pub flow: Flow,
    /// How far the clock of the instance is ahead of the true one.
    pub skew: Seconds,
}

/// An endpoint or an operator's command, and what it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// `send-otp`.
    SendOtp,
    /// `verify-otp`.
    VerifyOtp(Guess),
    /// `refresh-token`.
    RefreshToken(Presented),
    /// `logout`.
    Logout(Holder),
    /// `password-login`.
    Login {
        /// Whether the password is the user's.
        is_right: bool,
    },
    /// The operator's `disable`.
    Disable,
    /// The operator's sign-out everywhere.
    EndSessions,
    /// The operator deletes the user.
    Erase,
}

/// What is typed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// The code that is there from the start.
    FirstCode,
    /// The code that the call at this place drew, from when it is stored (and so delivered).
    CodeOf(usize),
    /// No code that ever is.
    Wrong,
}

/// Where a refresh token comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The token that is there from the start.
    First,
    /// The one that the call at this place answered with.
    AnswerOf(usize),
}

/// One presentation of a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presented {
    /// The token.
    pub token: Holder,
    /// The `Idempotency-Key`, if any.
    pub key: Option<KeyName>,
    /// The refresh keys that the instance holds, the current one first.
    pub ring: &'static [Kid],
}

/// How a call ended, as its caller sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// 200 without tokens.
    Done,
    /// 200 with this refresh token.
    Tokens(Token),
    /// 401 of verify-otp and password-login.
    Refused,
    /// 429.
    RateLimited,
    /// `REFRESH_INVALID`.
    Invalid,
    /// `REFRESH_EXPIRED`.
    Expired,
    /// `REFRESH_REUSED`.
    Reused,
    /// 503.
    Unavailable,
}

/// How far a call has come. A call that stops being scheduled has crashed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Call {
    /// The one reading of its instance's clock; none before it starts.
    pub(crate) now: Option<Seconds>,
    /// What it awaits before it goes on.
    pub(crate) waiting: Ops,
    /// What is under way of it, whether it still waits or not.
    pub(crate) copies: Copies,
    pub(crate) answer: Option<Answer>,
    pub(crate) locals: Locals,
    pub(crate) started_after: Acknowledged,
}

impl Call {
    /// Whether it still acts.
    pub(crate) fn is_running(&self) -> bool {
        self.now.is_some() && self.answer.is_none()
    }

    /// Ends it. What it sent stays under way, with what that is made of.
    pub(crate) fn end(&mut self, answer: Answer) {
        self.answer = Some(answer);
        self.waiting = Ops::default();
        self.locals.is_identified = false;
        self.locals.is_admitted = false;
    }
}

/// What a call knows, and what its requests are made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Locals {
    /// The code that its attempt was granted for.
    pub(crate) granted: Option<Code>,
    /// The delivery that its resend replaces.
    pub(crate) seen: Option<Delivery>,
    /// Whether the identity leads to a user.
    pub(crate) is_identified: bool,
    /// Whether the user is there and admits the session.
    pub(crate) is_admitted: bool,
    /// The session that the presented token belongs to.
    pub(crate) session: Option<Pointer>,
    /// Why it revokes.
    pub(crate) reason: Option<Reason>,
    /// The successor that it will answer with, for a variant that still has a write to do by then.
    pub(crate) rotated: Option<Token>,
}

/// What had been acknowledged to somebody when a call started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Acknowledged {
    /// That the user is disabled or erased.
    pub(crate) is_banned: bool,
    /// How often, that all sessions of the user are over.
    pub(crate) sign_outs: u8,
    /// That the family of the presented token is revoked.
    pub(crate) is_revoked: bool,
}

/// Which family a token holder's token is of.
pub(crate) fn family_of(calls: &[Spec], holder: Holder) -> FamilyId {
    match holder {
        Holder::First => FamilyId::FIRST,
        Holder::AnswerOf(place) => match calls.get(place).map(|spec| spec.flow) {
            Some(Flow::RefreshToken(presented)) => family_of(calls, presented.token),
            _ => FamilyId::drawn_by(crate::id::CallId(u8::try_from(place).unwrap_or(u8::MAX))),
        },
    }
}
