//! One step of one call: its requests, their outcomes, and the end of the call.

use domain::user::User as DomainUser;

use crate::call::{Acknowledged, Answer, Call, Flow, Spec, family_of};
use crate::flow::{logout, operator, password_login, refresh_token, send_otp, verify_otp};
use crate::guards::Guards;
use crate::id::{CallId, Code, KeyName, Seconds, timestamp};
use crate::invariant;
use crate::item::{Otp, User};
use crate::op::{Op, Ops};
use crate::protocol::Protocol;
use crate::time;
use crate::variant::Variant;
use crate::world::World;

/// The outcome of a request, as the call sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The write was applied.
    Applied,
    /// The condition failed, for the first copy or for a later one.
    Lost,
    /// Every answer was lost. The call made a strong read instead.
    InDoubt,
    /// The read returned the item, or an older image of it.
    Read { is_stale: bool },
}

/// A call that takes a step. The step is atomic. A late answer needs no separate step: after an answer, a
/// call only sends further requests, and these may be applied late anyway.
pub(crate) struct Run<'a> {
    pub(crate) protocol: &'a Protocol,
    pub(crate) world: &'a mut World,
    pub(crate) id: CallId,
}

impl<'a> Run<'a> {
    pub(crate) fn of(protocol: &'a Protocol, world: &'a mut World, id: CallId) -> Self {
        Self { protocol, world, id }
    }

    pub(crate) fn spec(&self) -> Spec {
        self.protocol.scenario.calls[self.id.index()]
    }

    pub(crate) fn call(&self) -> &Call {
        self.world.call(self.id)
    }

    pub(crate) fn call_mut(&mut self) -> &mut Call {
        self.world.call_mut(self.id)
    }

    /// The time on the call's clock.
    pub(crate) fn now(&self) -> Seconds {
        self.call().now.unwrap_or_default()
    }

    /// The true time.
    pub(crate) fn clock(&self) -> Seconds {
        self.protocol.clock(self.world)
    }

    /// Whether a code has expired: by this call's clock and the clock that issued it, not by the item.
    pub(crate) fn has_expired(&self, code: Code) -> bool {
        self.now() >= self.issued_at(code) + time::CODE_LIFETIME
    }

    /// When a code was generated, by the clock that issued it.
    pub(crate) fn issued_at(&self, code: Code) -> Seconds {
        let sender = code.sender().and_then(|sender| self.world.call(sender).now);
        sender.unwrap_or(self.protocol.scenario.first_instant())
    }

    /// The item of the code of this call's identity.
    pub(crate) fn otp(&self) -> Option<&Otp> {
        self.world.tables.otp(self.spec().is_second)
    }

    pub(crate) fn otp_mut(&mut self) -> &mut Option<Otp> {
        let is_second = self.spec().is_second;
        self.world.tables.otp_mut(is_second)
    }

    /// The call's idempotency key.
    pub(crate) fn key(&self) -> Option<KeyName> {
        match self.spec().flow {
            Flow::SendOtp(key) => key,
            Flow::RefreshToken(presented) => presented.key,
            _ => None,
        }
    }

    /// The call whose number is in this call's random ids: this one or, in a variant that derives them
    /// from what the client sends, the first of those that send the same.
    pub(crate) fn names(&self, derived: Variant) -> CallId {
        let is_alike = |spec: &Spec| match (spec.flow, self.spec().flow) {
            (Flow::VerifyOtp(_), Flow::VerifyOtp(_)) => true,
            (Flow::SendOtp(key), Flow::SendOtp(ours)) => key.is_some() && key == ours,
            _ => false,
        };
        let place = self.protocol.scenario.calls.iter().position(is_alike);
        let first = place.filter(|_| self.breaks(derived)).and_then(|place| place.try_into().ok());
        first.map_or(self.id, CallId)
    }

    /// The code that this call generates.
    pub(crate) fn code(&self) -> Code {
        Code::generated_by(self.names(Variant::DerivedOtpId))
    }

    pub(crate) fn breaks(&self, variant: Variant) -> bool {
        self.protocol.variant == Some(variant)
    }

    pub(crate) fn guards(&self) -> Guards {
        Guards(self.protocol.variant)
    }

    /// Whether the user, as read, admits a session that was created then: the production decision.
    pub(crate) fn is_admitted(&self, is_stale: bool, created_at: Seconds) -> bool {
        if self.breaks(Variant::UserCheckSkipped) {
            return true;
        }
        let user = if is_stale { Some(User::default()) } else { self.world.tables.user };
        user.is_some_and(|user| {
            let user = DomainUser {
                disabled: user.disabled,
                sessions_valid_after: user.sessions_valid_after.map(timestamp),
                ..self.protocol.user_template.clone()
            };
            user.admits(timestamp(created_at))
        })
    }

    /// Whether the user exists, and a sign-out everywhere is not over.
    pub(crate) fn is_signed_out(&self, is_stale: bool) -> bool {
        let user = if is_stale { Some(User::default()) } else { self.world.tables.user };
        user.is_some_and(|user| {
            !user.disabled && user.sessions_valid_after.is_some_and(|bound| self.now() <= bound)
        })
    }

    /// Reads the clock, and starts the call on an instance that knows the organization as it is, or as it
    /// was before the fence.
    pub(crate) fn start(&mut self, is_stale: bool) {
        let spec = self.spec();
        let now = self.clock() + spec.skew;
        let ledger = &self.world.ledger;
        let holder = match spec.flow {
            Flow::RefreshToken(presented) => Some(presented.token),
            Flow::Logout(holder) => Some(holder),
            _ => None,
        };
        let family = holder.map(|holder| family_of(&self.protocol.scenario.calls, holder));
        let started_after = Acknowledged {
            is_banned: ledger.is_banned,
            sign_outs: ledger.sign_outs,
            is_revoked: family.is_some_and(|family| ledger.is_revocation_acknowledged(family)),
            is_fenced: ledger.fence.is_some_and(|bound| self.clock() > bound),
        };
        let cached = ledger.fenced_at.and_then(|(_, cached)| cached);
        let valid_after = if is_stale { cached } else { self.world.tables.valid_after };
        let call = self.call_mut();
        call.now = Some(now);
        call.started_after = started_after;
        call.valid_after = valid_after;
        let issues = matches!(spec.flow, Flow::SendOtp(_) | Flow::VerifyOtp(_));
        // What is issued until then would be dead on arrival.
        if issues && valid_after.is_some_and(|valid_after| now <= valid_after) {
            return self.answer(Answer::Unavailable);
        }
        match spec.flow {
            Flow::SendOtp(_) => send_otp::start(self),
            Flow::VerifyOtp(_) => verify_otp::start(self),
            Flow::RefreshToken(_) => refresh_token::start(self),
            Flow::Logout(_) => logout::start(self),
            Flow::Login { .. } => password_login::start(self),
            Flow::Disable | Flow::EndSessions | Flow::Erase | Flow::Fence | Flow::Unlock => {
                operator::start(self);
            }
        }
    }

    /// Sends requests in parallel, and waits for all of them.
    pub(crate) fn request(&mut self, ops: &[Op]) {
        self.call_mut().waiting = Ops::of(ops);
        for op in ops.iter().filter(|op| !op.is_read()) {
            self.post(*op);
        }
        for op in ops {
            if !self.call().waiting.contains(*op) {
                continue;
            }
            if !op.is_read() && self.call().copies.of(*op) == 0 {
                let outcome = self.apply(*op);
                self.receive(*op, outcome);
            }
        }
    }

    /// Sends a write without waiting for it.
    pub(crate) fn post(&mut self, op: Op) {
        let copies = self.protocol.scenario.copies_of(op);
        self.call_mut().copies.set(op, copies);
    }

    /// A copy of a write arrives at DynamoDB. If `is_answered`, the caller gets the answer.
    pub(crate) fn deliver(&mut self, op: Op, is_answered: bool) {
        let call = self.call_mut();
        let left = call.copies.of(op) - 1;
        call.copies.set(op, left);
        let outcome = self.apply(op);
        if is_answered {
            self.receive(op, outcome);
        }
    }

    /// Handles an outcome. Once the call waits for no more requests, it continues.
    pub(crate) fn receive(&mut self, op: Op, outcome: Outcome) {
        self.call_mut().waiting.remove(op);
        match self.spec().flow {
            Flow::SendOtp(_) => send_otp::receive(self, op, outcome),
            Flow::VerifyOtp(_) => verify_otp::receive(self, op, outcome),
            Flow::RefreshToken(_) => refresh_token::receive(self, op, outcome),
            Flow::Logout(_) => logout::receive(self, op, outcome),
            Flow::Login { .. } => password_login::receive(self, op, outcome),
            Flow::Disable | Flow::EndSessions | Flow::Erase | Flow::Fence | Flow::Unlock => {
                operator::receive(self, op, outcome);
            }
        }
        let call = self.call();
        if call.answer.is_some() || !call.waiting.is_empty() {
            return;
        }
        match self.spec().flow {
            Flow::SendOtp(_) => send_otp::joined(self, op),
            Flow::VerifyOtp(_) => verify_otp::joined(self, op),
            Flow::RefreshToken(_) => refresh_token::joined(self, op),
            Flow::Logout(_) => logout::joined(self, op),
            Flow::Login { .. } => password_login::joined(self, op),
            Flow::Disable | Flow::EndSessions | Flow::Erase | Flow::Fence | Flow::Unlock => {
                operator::joined(self, op);
            }
        }
    }

    /// Ends the call. Copies of its writes may still be applied.
    pub(crate) fn answer(&mut self, answer: Answer) {
        self.call_mut().end(answer);
        invariant::on_answer(self, answer);
    }

    /// The outcome of putting a family or a pointer. In doubt, a strong read says whether it exists.
    pub(crate) fn stored(&mut self, outcome: Outcome, exists: bool) {
        if outcome == Outcome::InDoubt && !exists {
            self.answer(Answer::Unavailable);
        }
    }
}
