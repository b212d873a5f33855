//! Runs of the checker, and their results.

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
    /// The length of the longest of the shortest paths to a state.
    pub depth: usize,
    /// How long it took.
    pub elapsed: Duration,
    /// The invariants that don't hold.
    pub violations: Vec<Counterexample>,
    /// The sights that must be reachable, but are not.
    pub unreached: Vec<&'static str>,
}

impl Exploration {
    /// Whether all invariants hold, and all sights were reached.
    pub fn is_proof(&self) -> bool {
        self.violations.is_empty() && self.unreached.is_empty()
    }
}

/// The steps to a state in which an invariant does not hold.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// The invariant.
    pub invariant: Invariant,
    /// The steps from the start.
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

/// The invariant that a broken variant violates, and the fewest steps to that.
pub fn counterexample(scenario: &Scenario, variant: Variant) -> Option<Counterexample> {
    let mut shortest = violation(scenario, variant, None)?;
    // The checker finishes a block of states before it stops, so the first violation is not always the
    // shortest: search for shorter ones until there is none.
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
        // The checker counts states, one more than steps, and skips states from the target depth on.
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
