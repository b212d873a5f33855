//! The protocol as a state machine: the possible steps in a state, and the state after a step.

use domain::id::{OrganizationId, UserId};
use domain::user::User;
use stateright::{Model, Property};

use crate::action::Action;
use crate::call::{Answer, Flow, Guess, Holder};
use crate::flow::verify_otp::guessed;
use crate::id::{CallId, Seconds};
use crate::invariant::Invariant;
use crate::op::Op;
use crate::run::{Outcome, Run};
use crate::scenario::Scenario;
use crate::time;
use crate::variant::Variant;
use crate::world::World;

/// One scenario, of the real protocol or of a broken variant of it.
#[derive(Clone, Debug)]
pub struct Protocol {
    /// The calls and the bounds.
    pub scenario: Scenario,
    /// The broken variant; `None` for the real protocol.
    pub variant: Option<Variant>,
    /// The fields of the user that change nothing.
    pub(crate) user_template: User,
    twins: Vec<bool>,
}

impl Protocol {
    /// The real protocol, or a broken variant, in a scenario.
    pub fn new(scenario: Scenario, variant: Option<Variant>) -> Self {
        let user_template = User {
            organization: OrganizationId::random(),
            id: UserId::random(),
            email: None,
            phone: None,
            username: None,
            password: None,
            role: String::new(),
            access_role: String::new(),
            locale: None,
            disabled: false,
            sessions_valid_after: None,
        };
        let twins = (0..scenario.calls.len()).map(|place| is_twin(&scenario, place)).collect();
        Self { scenario, variant, user_template, twins }
    }

    /// Whether the authors of changes are judged.
    pub(crate) fn judges_authors(&self) -> bool {
        self.variant.is_none_or(Variant::is_about_authors)
    }

    pub(crate) fn clock(&self, world: &World) -> Seconds {
        self.scenario.clock[usize::from(world.instant)]
    }

    /// Whether the code or the token that the call presents exists.
    fn may_start(&self, world: &World, id: CallId) -> bool {
        let place = id.index();
        if world.calls[place].now.is_some()
            || (self.twins[place] && world.calls[place - 1].now.is_none())
        {
            return false;
        }
        match self.scenario.calls[place].flow {
            Flow::VerifyOtp(guess @ Guess::CodeOf(_)) => {
                guessed(guess).is_some_and(|code| world.ledger.was_stored(code))
            }
            Flow::RefreshToken(presented) => world.token(presented.token).is_some(),
            Flow::Logout(holder) => world.token(holder).is_some(),
            _ => true,
        }
    }

    fn actions_of(&self, world: &World, id: CallId, actions: &mut Vec<Action>) {
        let call = world.call(id);
        let is_running = call.is_running();
        for op in Op::WRITES {
            let is_awaited = is_running && call.waiting.contains(op);
            if call.copies.of(op) > 0 {
                if is_awaited {
                    actions.push(Action::Apply { call: id, op, is_answered: true });
                }
                actions.push(Action::Apply { call: id, op, is_answered: false });
            }
            if is_awaited {
                actions.push(Action::ReadInDoubt(id, op));
            }
        }
        for op in Op::READS {
            if is_running && call.waiting.contains(op) {
                actions.push(Action::Read { call: id, op, is_stale: false });
                if self.may_be_stale(world, op) {
                    actions.push(Action::Read { call: id, op, is_stale: true });
                }
            }
        }
    }

    /// Time moves on. Calls end at their deadline, but copies of their writes may still be applied.
    fn tick(&self, world: &mut World) {
        world.instant += 1;
        let clock = self.clock(world);
        for (call, spec) in world.calls.iter_mut().zip(&self.scenario.calls) {
            let started_at = call.now.map(|now| now - spec.skew);
            if call.is_running() && started_at < Some(clock - time::DEADLINE) {
                call.end(Answer::Unavailable);
            }
        }
    }

    /// Whether a read may return an older image, and there is one.
    fn may_be_stale(&self, world: &World, op: Op) -> bool {
        match op {
            Op::ReadIdentity => world.tables.identity.is_none(),
            Op::ReadUser => self.variant == Some(Variant::WeakUserRead),
            Op::ReadPointer => self.variant == Some(Variant::WeakPointerRead),
            _ => false,
        }
    }

    /// TTL deletes at any time after an item's ttl, in any order.
    fn deletions(&self, world: &World, actions: &mut Vec<Action>) {
        let clock = self.clock(world);
        let is_due = |ttl: Option<Seconds>| ttl.is_some_and(|ttl| ttl < clock);
        let tables = &world.tables;
        for is_second in [false, true] {
            if tables.otp(is_second).is_some_and(|otp| is_due(otp.ttl)) {
                actions.push(Action::DeleteCode { is_second });
            }
        }
        let counters = tables.counters.iter().filter(|(_, counter)| is_due(counter.ttl));
        actions.extend(counters.map(|(window, _)| Action::DeleteCounter(window)));
        let families = tables.families.iter().filter(|(_, family)| is_due(family.ttl));
        actions.extend(families.map(|(id, _)| Action::DeleteFamily(id)));
        let pointers = tables.pointers.iter().filter(|(_, pointer)| is_due(pointer.ttl));
        actions.extend(pointers.map(|(token, _)| Action::DeletePointer(token)));
    }
}

/// Whether a call and the one before it differ only in their numbers. Then the one before always starts
/// first, because the other half of the states differs only in numbers.
fn is_twin(scenario: &Scenario, place: usize) -> bool {
    let is_referred_to = |place: usize| {
        scenario.calls.iter().any(|spec| match spec.flow {
            Flow::VerifyOtp(Guess::CodeOf(code)) => code == place,
            Flow::RefreshToken(presented) => presented.token == Holder::AnswerOf(place),
            Flow::Logout(holder) => holder == Holder::AnswerOf(place),
            _ => false,
        })
    };
    place > 0
        && scenario.calls[place] == scenario.calls[place - 1]
        && !is_referred_to(place)
        && !is_referred_to(place - 1)
}

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::at_start(&self.scenario)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        for id in world.ids() {
            if self.may_start(world, id) {
                actions.push(Action::Start { call: id, is_stale: false });
                let fenced_at = world.ledger.fenced_at;
                let cached_until = fenced_at.map(|(at, _)| at + time::ORGANIZATION_CACHED);
                if cached_until >= Some(self.clock(world)) {
                    actions.push(Action::Start { call: id, is_stale: true });
                }
            }
            self.actions_of(world, id, actions);
        }
        if usize::from(world.instant) + 1 < self.scenario.clock.len() {
            actions.push(Action::Tick);
        }
        self.deletions(world, actions);
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut next = world.clone();
        match action {
            Action::Start { call, is_stale } => Run::of(self, &mut next, call).start(is_stale),
            Action::Apply { call, op, is_answered } => {
                Run::of(self, &mut next, call).deliver(op, is_answered);
                // Nothing changed and the answer is lost: the same as if the copy had not arrived yet.
                if !is_answered && next.tables == world.tables {
                    return None;
                }
            }
            Action::ReadInDoubt(id, op) => {
                Run::of(self, &mut next, id).receive(op, Outcome::InDoubt);
            }
            Action::Read { call, op, is_stale } => {
                Run::of(self, &mut next, call).receive(op, Outcome::Read { is_stale });
            }
            Action::Tick => self.tick(&mut next),
            Action::DeleteCode { is_second } => *next.tables.otp_mut(is_second) = None,
            Action::DeleteCounter(window) => next.tables.counters.remove(window),
            Action::DeleteFamily(id) => next.tables.families.remove(id),
            Action::DeletePointer(token) => next.tables.pointers.remove(token),
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let always =
            INVARIANTS.iter().map(|(invariant, holds)| Property::always(invariant.name(), *holds));
        let sometimes = self
            .scenario
            .reaches
            .iter()
            .map(|sight| Property::sometimes(sight.name, sight.is_seen));
        always.chain(sometimes).collect()
    }
}

type Predicate = fn(&Protocol, &World) -> bool;

/// The checker needs a plain function for each invariant.
const INVARIANTS: [(Invariant, Predicate); 19] = [
    (Invariant::I1, |_, world| Invariant::I1.holds(world)),
    (Invariant::I2, |_, world| Invariant::I2.holds(world)),
    (Invariant::I3, |_, world| Invariant::I3.holds(world)),
    (Invariant::I4, |_, world| Invariant::I4.holds(world)),
    (Invariant::I5, |_, world| Invariant::I5.holds(world)),
    (Invariant::I6, |_, world| Invariant::I6.holds(world)),
    (Invariant::I7, |_, world| Invariant::I7.holds(world)),
    (Invariant::I8, |_, world| Invariant::I8.holds(world)),
    (Invariant::I11, |_, world| Invariant::I11.holds(world)),
    (Invariant::I13, |_, world| Invariant::I13.holds(world)),
    (Invariant::I14, |_, world| Invariant::I14.holds(world)),
    (Invariant::I15, |_, world| Invariant::I15.holds(world)),
    (Invariant::I16, |_, world| Invariant::I16.holds(world)),
    (Invariant::I17, |_, world| Invariant::I17.holds(world)),
    (Invariant::I18, |_, world| Invariant::I18.holds(world)),
    (Invariant::Limit, |_, world| Invariant::Limit.holds(world)),
    (Invariant::Replace, |_, world| Invariant::Replace.holds(world)),
    (Invariant::Resend, |_, world| Invariant::Resend.holds(world)),
    (Invariant::Withdraw, |_, world| Invariant::Withdraw.holds(world)),
];
