//! Applies the writes of an operator's commands.

use crate::guards::is_as_read;
use crate::id::{Seconds, Tally};
use crate::invariant;
use crate::op::Op;
use crate::run::Run;
use crate::time;
use crate::variant::Variant;

impl Run<'_> {
    pub(crate) fn disable(&mut self) -> bool {
        let by = self.author(Op::Disable);
        let user = &mut self.world.tables.user;
        let passes = is_as_read(user.as_ref());
        if let Some(user) = user.as_mut().filter(|_| passes) {
            user.disabled = true;
            user.by = Some(by);
        }
        passes
    }

    /// The bound of this call's sign-out everywhere.
    pub(crate) fn bound(&self) -> Seconds {
        let margin = if self.breaks(Variant::NoMargin) { 0 } else { time::SIGN_OUT_MARGIN };
        self.now() + margin
    }

    pub(crate) fn end_sessions(&mut self) -> bool {
        let (guards, bound, by) = (self.guards(), self.bound(), self.author(Op::EndSessions));
        let Some(user) = self.world.tables.user.as_mut() else { return false };
        let passes = guards.end_sessions(Some(user), bound);
        if passes {
            user.sessions_valid_after = Some(bound);
            user.by = Some(by);
            let ledger = &mut self.world.ledger;
            ledger.bound = ledger.bound.max(Some(bound));
        }
        passes
    }

    /// The bound of this call's fence.
    pub(crate) fn fence_bound(&self) -> Seconds {
        let margin = match self.protocol.variant {
            Some(Variant::FenceOf(margin)) => margin,
            _ => time::FENCE_MARGIN,
        };
        self.now() + margin
    }

    pub(crate) fn fence(&mut self) -> bool {
        let (guards, bound, clock) = (self.guards(), self.fence_bound(), self.clock());
        let found = self.world.tables.valid_after;
        let passes = guards.fence(found, bound);
        if passes {
            self.world.tables.valid_after = Some(bound);
            self.world.tables.fenced_by = Some(self.author(Op::Fence));
            let earlier = self.world.ledger.fenced_at;
            let known = earlier.filter(|(at, _)| clock <= at + time::ORGANIZATION_CACHED);
            let known = known.map_or(found, |(_, known)| known);
            self.world.ledger.fenced_at = Some((clock, known));
        }
        passes
    }

    pub(crate) fn clear_counter(&mut self) -> bool {
        let (guards, window, seen) = (self.guards(), self.window(), self.call().locals.counted);
        let Some(counter) = self.world.tables.counters.get_mut(window.label()) else {
            return false;
        };
        let passes = guards.clear_counter(Some(counter), seen);
        if passes {
            counter.seen = Tally::default();
            invariant::on_cleared(self);
        }
        passes
    }

    pub(crate) fn erase_user(&mut self) -> bool {
        self.world.tables.user = None;
        true
    }

    pub(crate) fn mark_identity(&mut self) -> bool {
        let (guards, ours) = (self.guards(), self.id);
        let passes = guards.mark(self.world.tables.identity.as_ref());
        if let Some(identity) = self.world.tables.identity.as_mut().filter(|_| passes) {
            identity.deleted_by = Some(ours);
        }
        passes
    }

    pub(crate) fn erase_identity(&mut self) -> bool {
        let (guards, ours) = (self.guards(), self.id);
        let passes = guards.erase(self.world.tables.identity.as_ref(), ours);
        if passes {
            self.world.tables.identity = None;
        }
        passes
    }
}
