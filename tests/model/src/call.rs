//! One call of a handler: its arguments and its state.

use crate::id::{Code, Delivery, FamilyId, KeyName, Kid, Seconds, Tally, Token};
use crate::item::{Pointer, Reason};
use crate::op::{Copies, Ops};

/// A call in a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The endpoint and its arguments.
    pub flow: Flow,
    /// How far the clock of the instance is ahead of the true one.
    pub skew: Seconds,
    /// Whether it is for the user's second identity.
    pub is_second: bool,
}

/// An endpoint or an operator's command, with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// `send-otp`, perhaps with an `Idempotency-Key`.
    SendOtp(Option<KeyName>),
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
    /// The operator signs the whole organization out.
    Fence,
    /// The operator unlocks the identity: clears its counter and withdraws its code.
    Unlock,
}

/// The code that a call presents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// The code that exists from the start.
    FirstCode,
    /// The code that the call at this place generated, once it is stored (and so delivered).
    CodeOf(usize),
    /// A code that never exists.
    Wrong,
}

/// Where a refresh token comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The token that exists from the start.
    First,
    /// The token that the call at this place returned.
    AnswerOf(usize),
}

/// One presentation of a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presented {
    /// The token.
    pub token: Holder,
    /// The `Idempotency-Key`, if any.
    pub key: Option<KeyName>,
    /// The refresh keys in the instance's ring, the current one first.
    pub ring: &'static [Kid],
}

/// The answer of a call.
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
    /// 400: the idempotency key was used for the rotation before.
    KeyUsed,
    /// 503.
    Unavailable,
}

/// The state of a call. A call that is not scheduled any more has crashed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Call {
    /// The time on its instance's clock; `None` before the call starts.
    pub(crate) now: Option<Seconds>,
    /// The requests that the call waits for.
    pub(crate) waiting: Ops,
    /// The copies of its writes that may still be applied.
    pub(crate) copies: Copies,
    pub(crate) answer: Option<Answer>,
    pub(crate) locals: Locals,
    pub(crate) started_after: Acknowledged,
    /// The organization's fence, as the instance knows it.
    pub(crate) valid_after: Option<Seconds>,
}

impl Call {
    /// Whether the call has started and not ended.
    pub(crate) fn is_running(&self) -> bool {
        self.now.is_some() && self.answer.is_none()
    }

    /// Ends the call. Copies of its writes may still be applied, so their contents stay.
    pub(crate) fn end(&mut self, answer: Answer) {
        self.answer = Some(answer);
        self.waiting = Ops::default();
        self.locals.is_identified = false;
        self.locals.is_admitted = false;
        self.locals.refusal = None;
    }
}

/// What a call knows, and the contents of its requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Locals {
    /// The code that the attempt was granted for.
    pub(crate) granted: Option<Code>,
    /// The delivery that the resend replaces.
    pub(crate) seen: Option<Delivery>,
    /// Whether the identity leads to a user.
    pub(crate) is_identified: bool,
    /// Whether the user exists and admits the session.
    pub(crate) is_admitted: bool,
    /// The session of the presented token.
    pub(crate) session: Option<Pointer>,
    /// The reason of the revocation.
    pub(crate) reason: Option<Reason>,
    /// Whether this call put the pointer, so that it may drop it.
    pub(crate) is_pointer_ours: bool,
    /// The refusal to return once the pointer is dropped, or the attempt given back.
    pub(crate) refusal: Option<Answer>,
    /// The nonces that the operator read in the counter.
    pub(crate) counted: Option<Tally>,
    /// The token to return, once the call has done what comes after its commit.
    pub(crate) committed: Option<Token>,
}

/// What had been acknowledged when a call started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Acknowledged {
    /// The user was disabled or erased.
    pub(crate) is_banned: bool,
    /// How often the user was signed out everywhere.
    pub(crate) sign_outs: u8,
    /// The family of the presented token was revoked.
    pub(crate) is_revoked: bool,
    /// The fence was over.
    pub(crate) is_fenced: bool,
}

/// The family of a token.
pub(crate) fn family_of(calls: &[Spec], holder: Holder) -> FamilyId {
    match holder {
        Holder::First => FamilyId::FIRST,
        Holder::AnswerOf(place) => match calls.get(place).map(|spec| spec.flow) {
            Some(Flow::RefreshToken(presented)) => family_of(calls, presented.token),
            _ => FamilyId::generated_by(crate::id::CallId(u8::try_from(place).unwrap_or(u8::MAX))),
        },
    }
}
