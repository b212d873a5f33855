//! Applies one copy of a write: checks the condition, then updates the item, as in `store`.

use domain::limits::Window;
use domain::token::refresh;

use crate::author::{self, Author};
use crate::call::{Flow, Presented};
use crate::guards::{Send, is_absent};
use crate::id::{CallId, Delivery, FamilyId, Kid, Seconds, Tally, Token, seconds, timestamp};
use crate::invariant;
use crate::item::{FamilyItem, Live, Otp, Pointer};
use crate::op::Op;
use crate::run::{Outcome, Run};
use crate::time;
use crate::variant::Variant;

impl Run<'_> {
    /// Applies a copy of a write to the tables, if its condition passes.
    pub(crate) fn apply(&mut self, op: Op) -> Outcome {
        let before = self.world.tables.clone();
        let passes = self.write(op);
        author::on_applied(self, &before);
        if passes { Outcome::Applied } else { Outcome::Lost }
    }

    /// Whether the condition passed.
    fn write(&mut self, op: Op) -> bool {
        match op {
            Op::Count => self.count(),
            Op::TakeBack => self.take_back(),
            Op::PutCode => self.put_code(),
            Op::Resend => self.resend(),
            Op::Attempt => self.attempt(),
            Op::GiveBack => self.give_back(),
            Op::PutFamily => self.put_family(),
            Op::PutPointer => self.put_pointer(),
            Op::Redeem => self.redeem(),
            Op::Rotate => self.rotate(),
            Op::Revoke => self.revoke(),
            Op::Disable => self.disable(),
            Op::EndSessions => self.end_sessions(),
            Op::EraseUser => self.erase_user(),
            Op::MarkIdentity => self.mark_identity(),
            Op::EraseIdentity => self.erase_identity(),
            Op::Withdraw => self.withdraw(),
            Op::DropPointer => self.drop_pointer(),
            Op::Fence => self.fence(),
            Op::ClearCounter => self.clear_counter(),
            Op::EraseCode => self.otp_mut().take().is_some(),
            Op::CountSource => self.count_source(),
            Op::TakeBackSource => self.take_back_source(),
            Op::ReadCode | Op::ReadIdentity | Op::ReadUser | Op::ReadPointer => false,
        }
    }

    /// What a write sets as `by`.
    pub(crate) fn author(&self, op: Op) -> Author {
        let op = if self.breaks(Variant::OneNamePerCall) { Op::PutCode } else { op };
        Author { call: self.id, op }
    }

    /// The window in which this call counts, by the production code.
    pub(crate) fn window(&self) -> Window {
        self.window_of(self.id)
    }

    /// The window in which a call counts.
    pub(crate) fn window_of(&self, id: CallId) -> Window {
        let now = timestamp(self.world.call(id).now.unwrap_or_default());
        match self.protocol.scenario.calls[id.index()].flow {
            Flow::Login { .. } => Window::quarter_hour(now),
            _ => Window::day(now),
        }
    }

    fn count(&mut self) -> bool {
        let (guards, window) = (self.guards(), self.window());
        let nonce = self.names(Variant::DerivedCountNonce);
        let Some(limit) = self.protocol.scenario.limit else { return false };
        let counters = &mut self.world.tables.counters;
        let found = counters.get(window.label());
        let passes = guards.count(found, nonce, limit);
        if passes {
            let mut counter = found.cloned().unwrap_or_default();
            if self.protocol.variant == Some(Variant::PlainSendCounter) {
                counter.seen.increment(nonce);
            } else {
                counter.seen.insert(nonce);
            }
            let end = Seconds::try_from(window.end().seconds()).unwrap_or(Seconds::MAX);
            counter.ttl = Some(end + time::COUNTER_RETENTION);
            counters.put(window.label(), counter);
        }
        passes
    }

    fn take_back(&mut self) -> bool {
        let (guards, window, nonce) = (self.guards(), self.window(), self.id);
        let is_reset = self.breaks(Variant::SuccessResets);
        let Some(counter) = self.world.tables.counters.get_mut(window.label()) else {
            return false;
        };
        let passes = guards.take_back(Some(counter), nonce);
        if passes && is_reset {
            counter.seen = Tally::default();
        } else if passes {
            counter.seen.remove(nonce);
        }
        passes
    }

    /// The arguments of this call's put and resend.
    pub(crate) fn send(&self) -> Send {
        Send { key: self.key(), valid_after: self.call().valid_after, now: self.now() }
    }

    fn put_code(&mut self) -> bool {
        let (guards, send) = (self.guards(), self.send());
        let passes = guards.put_code(self.otp(), &send);
        if passes {
            let (code, now) = (self.code(), send.now);
            invariant::on_code_put(self, code);
            invariant::on_delivery(self, true);
            let expires_at = now + time::CODE_LIFETIME;
            let delivery = Delivery::first_of(self.id);
            *self.otp_mut() = Some(Otp {
                code,
                issued_at: now,
                delivery,
                live: Some(Live { expires_at, attempts: Tally::default() }),
                used_by: None,
                keyed: send.key.map(|key| (key, now)),
                ttl: Some(expires_at + time::CODE_RETENTION),
                by: Some(self.author(Op::PutCode)),
            });
        }
        passes
    }

    fn resend(&mut self) -> bool {
        let Some(seen) = self.call().locals.seen else { return false };
        let (guards, send, delivery) = (self.guards(), self.send(), Delivery::repeat_of(self.id));
        let passes = guards.resend(self.otp(), seen, send.key);
        if passes && self.otp().is_some_and(|otp| otp.delivery != delivery) {
            invariant::on_delivery(self, false);
            let forgets = self.breaks(Variant::ResendForgetsKey);
            let by = self.author(Op::Resend);
            if let Some(otp) = self.otp_mut() {
                otp.delivery = delivery;
                otp.by = Some(by);
                let kept = otp.keyed.filter(|_| !forgets);
                otp.keyed = send.key.map(|key| (key, send.now)).or(kept);
            }
            invariant::on_resent(self);
        }
        passes
    }

    fn attempt(&mut self) -> bool {
        let (guards, now, valid_after) = (self.guards(), self.now(), self.call().valid_after);
        let nonce = self.names(Variant::DerivedAttemptNonce);
        let is_plain = self.breaks(Variant::PlainCounter);
        let signs = self.breaks(Variant::AttemptSigns).then(|| self.author(Op::Attempt));
        let passes = guards.attempt(self.otp(), nonce, now, valid_after);
        let Some(otp) = self.otp_mut() else { return false };
        if let (true, Some(live)) = (passes, otp.live.as_mut()) {
            if is_plain {
                live.attempts.increment(nonce);
            } else {
                live.attempts.insert(nonce);
            }
            otp.by = signs.or(otp.by);
            let code = otp.code;
            invariant::on_attempted(self, code);
        }
        passes
    }

    fn give_back(&mut self) -> bool {
        let (guards, nonce) = (self.guards(), self.names(Variant::DerivedAttemptNonce));
        let compared = self.call().locals.granted;
        let live = self.otp_mut().as_mut().and_then(|otp| otp.live.as_mut());
        let passes = guards.give_back(live.as_deref(), nonce);
        if let (true, Some(live)) = (passes, live) {
            live.attempts.remove(nonce);
            invariant::on_given_back(self, compared);
        }
        passes
    }

    /// The code of the user's other identity.
    fn withdraw(&mut self) -> bool {
        let (guards, now, is_second) = (self.guards(), self.now(), !self.spec().is_second);
        let passes = guards.withdraw(self.world.tables.otp(is_second), now);
        if passes {
            invariant::on_withdrawn(self);
            let (refresh, by) = (Token::generated_by(self.id), self.author(Op::Withdraw));
            if let Some(otp) = self.world.tables.otp_mut(is_second) {
                otp.by = Some(by);
                otp.used_by = Some(refresh);
                otp.live = None;
            }
        }
        passes
    }

    fn count_source(&mut self) -> bool {
        let (guards, nonce) = (self.guards(), self.id);
        let Some(limit) = self.protocol.scenario.source_limit else { return false };
        let found = self.world.tables.source.as_ref();
        let passes = guards.count(found, nonce, limit);
        if passes {
            let mut counter = found.cloned().unwrap_or_default();
            counter.seen.insert(nonce);
            counter.ttl = Some(self.now() + time::COUNTER_RETENTION);
            self.world.tables.source = Some(counter);
        }
        passes
    }

    fn take_back_source(&mut self) -> bool {
        let (guards, nonce) = (self.guards(), self.id);
        let passes = guards.take_back(self.world.tables.source.as_ref(), nonce);
        if let (true, Some(counter)) = (passes, self.world.tables.source.as_mut()) {
            counter.seen.remove(nonce);
        }
        passes
    }

    fn put_family(&mut self) -> bool {
        let (guards, now) = (self.guards(), self.now());
        let (id, first) = (FamilyId::generated_by(self.id), Token::generated_by(self.id));
        let passes = guards.put_family(self.world.tables.families.get(id));
        if passes {
            let ends_at = now + seconds(refresh::ABSOLUTE_LIFETIME);
            invariant::on_current(self, first);
            let family = FamilyItem {
                current: Some(first),
                expires_at: time::slides_to(now, ends_at),
                ttl: Some(ends_at + time::SESSION_RETENTION),
                by: Some(self.author(Op::PutFamily)),
                ..FamilyItem::GHOST
            };
            self.world.tables.families.put(id, family);
        }
        passes
    }

    fn put_pointer(&mut self) -> bool {
        let Some((token, pointer)) = self.pointer() else { return false };
        let passes = is_absent(self.world.tables.pointers.get(token));
        if passes {
            let pointer = Pointer { by: Some(self.author(Op::PutPointer)), ..pointer };
            self.world.tables.pointers.put(token, pointer);
        }
        passes
    }

    fn drop_pointer(&mut self) -> bool {
        let Some((token, pointer)) = self.pointer() else { return false };
        let family = self.world.tables.families.get(pointer.family);
        let is_used = family
            .is_some_and(|family| family.current == Some(token) || family.previous == Some(token));
        if self.key().is_some() && is_used && !self.breaks(Variant::DropOfAnother) {
            return false;
        }
        let (guards, ours) = (self.guards(), self.id);
        let passes = guards.drop_pointer(self.world.tables.pointers.get(token), ours);
        if passes {
            self.world.tables.pointers.remove(token);
        }
        passes
    }

    /// The pointer that this call puts: to its own family, or to the family that it rotates.
    pub(crate) fn pointer(&self) -> Option<(Token, Pointer)> {
        if let Flow::RefreshToken(presented) = self.spec().flow {
            let (_, token) = self.successors(presented).next()?;
            return Some((token, Pointer { by: None, ..self.call().locals.session? }));
        }
        let created_at = self.now();
        let ends_at = created_at + seconds(refresh::ABSOLUTE_LIFETIME);
        let ttl = Some(ends_at + time::SESSION_RETENTION);
        let family = FamilyId::generated_by(self.id);
        Some((Token::generated_by(self.id), Pointer { family, created_at, ends_at, ttl, by: None }))
    }

    /// The tokens that may succeed the presented one. The first is the one to commit.
    pub(crate) fn successors(
        &self,
        presented: Presented,
    ) -> impl Iterator<Item = (Option<Kid>, Token)> + use<> {
        let random = presented.key.is_none().then(|| (None, Token::generated_by(self.id)));
        let token = self.world.token(presented.token).unwrap_or(Token::FIRST);
        let derived = presented.key.into_iter().flat_map(move |name| {
            presented.ring.iter().map(move |kid| (Some(*kid), Token::derived(token, name, *kid)))
        });
        random.into_iter().chain(derived)
    }

    fn redeem(&mut self) -> bool {
        let Some(compared) = self.call().locals.granted else { return false };
        let (guards, refresh) = (self.guards(), Token::generated_by(self.id));
        let by = self.author(Op::Redeem);
        let Some(otp) = self.otp_mut() else { return false };
        let passes = guards.redeem(Some(otp), compared);
        if passes {
            let code = otp.code;
            otp.by = Some(by);
            otp.used_by = Some(refresh);
            otp.live = None;
            invariant::on_redeemed(self, code, compared);
        }
        passes
    }

    fn rotate(&mut self) -> bool {
        let Flow::RefreshToken(presented) = self.spec().flow else { return false };
        let successor = self.successors(presented).next();
        let (Some(session), Some((kid, successor)), Some(token)) =
            (self.call().locals.session, successor, self.world.token(presented.token))
        else {
            return false;
        };
        let (guards, now, by) = (self.guards(), self.now(), self.author(Op::Rotate));
        let Some(family) = self.world.tables.families.get_mut(session.family) else { return false };
        let passes = guards.rotate(Some(family), token, now, successor, presented.key);
        if passes {
            family.by = Some(by);
            family.current = Some(successor);
            family.previous = Some(token);
            family.rotated_at = Some(now);
            family.expires_at = time::slides_to(now, session.ends_at);
            family.kid = kid;
            let kept = family.last_key.filter(|_| guards.0 != Some(Variant::LastKeyRemoved));
            family.last_key = presented.key.or(kept);
            if guards.0 == Some(Variant::OrAlreadyApplied) {
                family.revoked = None;
            }
            invariant::on_rotated(self, token, successor, session);
        }
        passes
    }

    fn revoke(&mut self) -> bool {
        let (Some(session), Some(reason)) = (self.call().locals.session, self.call().locals.reason)
        else {
            return false;
        };
        let (guards, ours, by) = (self.guards(), self.id, self.author(Op::Revoke));
        let families = &mut self.world.tables.families;
        let passes = guards.revoke(families.get(session.family));
        if passes {
            let mut family = families.get(session.family).cloned().unwrap_or(FamilyItem::GHOST);
            family.revoked = family.revoked.or(Some(reason));
            match guards.0 {
                Some(Variant::RevocationSigns) => family.by = Some(by),
                Some(Variant::LastRevoker) => family.revoked_by = Some(ours),
                _ => family.revoked_by = family.revoked_by.or(Some(ours)),
            }
            families.put(session.family, family);
        }
        passes
    }
}
