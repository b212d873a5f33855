//! Runs of the checker, and what came of them.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use stateright::{Checker, HasDiscoveries, Model};

use crate::action::Action;
use crate::invariant::Invariant;
use crate::protocol::Protocol;
use crate::scenario::Scenario;
use crate::variant::Variant;

/// An exhaustive run of one scenario.
#[derive(Clone, Debug)]
pub struct Exploration {
    /// Distinct states.
    pub states: usize,
    /// Steps of the longest of the shortest paths to a state.
    pub depth: usize,
    /// How long it took.
    pub elapsed: Duration,
    /// Invariants that don't hold.
    pub violations: Vec<Counterexample>,
    /// What should be reachable and is not.
    pub unreached: Vec<&'static str>,
}

impl Exploration {
    /// Whether all that must hold holds, and all that must be seen was seen.
    pub fn is_proof(&self) -> bool {
        self.violations.is_empty() && self.unreached.is_empty()
    }
}

/// The steps to a state in which an invariant does not hold.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// Which.
    pub invariant: Invariant,
    /// From the start.
    pub steps: Vec<Action>,
}

/// Tries everything within the bounds of a scenario.
pub fn explore(scenario: &Scenario) -> Exploration {
    let begun = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let checker =
        Protocol::new(scenario.clone(), None).checker().threads(threads).spawn_bfs().join();
    let mut found = checker.discoveries();
    let violations = Invariant::ALL.into_iter().filter_map(|invariant| {
        let steps = found.remove(invariant.name())?.into_actions();
        Some(Counterexample { invariant, steps })
    });
    let violations = violations.collect();
    let sights = scenario.reaches.iter().map(|sight| sight.name);
    let unreached = sights.filter(|name| !found.contains_key(name)).collect();
    Exploration {
        states: checker.unique_state_count(),
        depth: checker.max_depth(),
        elapsed: begun.elapsed(),
        violations,
        unreached,
    }
}

/// How a broken protocol gave itself away: an invariant, and the fewest steps that break it.
pub fn counterexample(scenario: &Scenario, variant: Variant) -> Option<Counterexample> {
    let mut shortest = violation(scenario, variant, None)?;
    // The checker notes a violation that it meets while it still works off a block of states, so the
    // first is not always the shortest: ask for shorter ones until there is none.
    while let Some(shorter) = violation(scenario, variant, Some(shortest.steps.len())) {
        shortest = shorter;
    }
    Some(shortest)
}

/// A violation in fewer steps than given.
fn violation(
    scenario: &Scenario,
    variant: Variant,
    below: Option<usize>,
) -> Option<Counterexample> {
    let mut builder = Protocol::new(scenario.clone(), Some(variant))
        .checker()
        .finish_when(HasDiscoveries::AnyFailures);
    if let Some(steps) = below {
        // It counts states, of which a path has one more than steps, and skips from the target on.
        builder = builder.target_max_depth(steps + 1);
    }
    let checker = builder.spawn_bfs().join();
    let mut found = checker.discoveries();
    let violations = Invariant::ALL.into_iter().filter_map(|invariant| {
        let steps = found.remove(invariant.name())?.into_actions();
        Some(Counterexample { invariant, steps })
    });
    violations.min_by_key(|violation| violation.steps.len())
}
