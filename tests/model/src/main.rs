//! Checks every scenario and every broken variant, and prints the results.

use std::process::ExitCode;

use clap::Parser;
use model::report::{self, Counterexample};
use model::scenario::Scenario;
use model::variant::{TRIALS, Trial};

/// Checks the model of the write protocol, exhaustively within the bounds that it prints
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Checks fewer calls per scenario
    #[arg(long)]
    quick: bool,

    /// Checks only these scenarios and their broken variants
    scenarios: Vec<String>,

    /// Prints the steps of every counterexample
    #[arg(long)]
    traces: bool,
}

impl Arguments {
    fn wants(&self, scenario: &str) -> bool {
        self.scenarios.is_empty() || self.scenarios.iter().any(|wanted| wanted == scenario)
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let holds = explore_all(&arguments);
    let are_caught = try_all(&arguments);
    if holds && are_caught { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn explore_all(arguments: &Arguments) -> bool {
    println!(
        "{:<24} {:>10} {:>6} {:>8}  {:<10} bounds",
        "scenario", "states", "depth", "seconds", "result"
    );
    let (mut holds, mut states, mut seconds) = (true, 0, 0.0);
    for scenario in Scenario::all().into_iter().filter(|scenario| arguments.wants(scenario.name)) {
        let scenario = if arguments.quick { scenario.quick_cut() } else { scenario };
        let run = report::explore(&scenario);
        let result = if run.is_proof() { "holds" } else { "FAILS" };
        println!(
            "{:<24} {:>10} {:>6} {:>8.1}  {result:<10} {scenario}",
            scenario.name,
            run.states,
            run.depth,
            run.elapsed.as_secs_f64(),
        );
        for sight in &run.unreached {
            println!("    never seen: {sight}");
        }
        for violation in &run.violations {
            println!("    broken: {}", violation.invariant.name());
            print_steps(&scenario, violation);
        }
        holds &= run.is_proof();
        states += run.states;
        seconds += run.elapsed.as_secs_f64();
    }
    println!("{:<24} {states:>10} {:>6} {seconds:>8.1}\n", "all", "");
    holds
}

fn try_all(arguments: &Arguments) -> bool {
    println!("{:<52} {:<24} {:>5}  caught by", "broken variant", "scenario", "steps");
    let mut are_caught = true;
    for trial in TRIALS.iter().filter(|trial| arguments.wants(trial.scenario)) {
        are_caught &= is_caught(trial, arguments);
    }
    are_caught
}

fn is_caught(trial: &Trial, arguments: &Arguments) -> bool {
    let found = trial.scenario().and_then(|scenario| {
        let counterexample = report::counterexample(&scenario, trial.variant)?;
        Some((scenario, counterexample))
    });
    let Some((scenario, counterexample)) = found else {
        println!("{:<52} {:<24} {:>5}  NOT CAUGHT", trial.variant.name(), trial.scenario, "");
        return false;
    };
    println!(
        "{:<52} {:<24} {:>5}  {}",
        trial.variant.name(),
        trial.scenario,
        counterexample.steps.len(),
        counterexample.invariant.name(),
    );
    if arguments.traces {
        print_steps(&scenario, &counterexample);
    }
    counterexample.invariant == trial.breaks
}

fn print_steps(scenario: &Scenario, counterexample: &Counterexample) {
    for (number, step) in counterexample.steps.iter().enumerate() {
        println!("    {:>2}. {}", number + 1, step.description(scenario));
    }
}
