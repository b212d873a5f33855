//! Deterministic simulation: the real handlers and the real SDK run over an in-process network that loses,
//! repeats, delays and refuses calls and returns stale images, while the clock jumps. One seed decides
//! everything, so a failing seed can be replayed. The report goes to standard error, because the handlers
//! write their metrics to standard output.

mod client;
mod crash;
mod entropy;
mod faults;
mod history;
mod judge;
mod run;
mod world;

use std::panic;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use clap::Parser;

use crate::run::Run;

/// One in so many seeds is run twice, to check that it can be replayed.
const REPLAY_INTERVAL: u64 = 20;

/// After so many seeds, the progress is printed.
const PROGRESS_INTERVAL: u64 = 5000;

/// Runs seeded histories, and checks every answer
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds to run
    #[arg(long, default_value_t = 2000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Runs only this seed, and prints its trace
    #[arg(long)]
    seed: Option<u64>,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    if let Some(seed) = arguments.seed {
        return replay(seed);
    }
    let (next, failed) = (AtomicU64::new(arguments.from), AtomicBool::new(false));
    let end = arguments.from + arguments.seeds;
    let totals = thread::scope(|scope| {
        let work = || search(&next, end, &failed);
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        let mut totals = Run::default();
        for thread in threads {
            match thread.join() {
                Ok(run) => totals.add(&run?),
                Err(_) => anyhow::bail!("a simulation panicked"),
            }
        }
        anyhow::Ok(totals)
    })?;
    eprintln!("{} seeds from {}: {totals}", arguments.seeds, arguments.from);
    Ok(if failed.into_inner() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The history of a seed. The workbench ends it with a panic if a change names another author than it has.
fn world_of(seed: u64) -> anyhow::Result<Run> {
    let run = panic::catch_unwind(|| world::run(seed));
    run.unwrap_or_else(|_| anyhow::bail!("seed {seed} panicked: make prove SEED={seed}"))
}

fn search(next: &AtomicU64, end: u64, failed: &AtomicBool) -> anyhow::Result<Run> {
    let mut totals = Run::default();
    while !failed.load(Ordering::Relaxed) {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end {
            break;
        }
        if seed.is_multiple_of(PROGRESS_INTERVAL) {
            eprintln!("seed {seed} of {end}");
        }
        let run = world_of(seed)?;
        if seed.is_multiple_of(REPLAY_INTERVAL) {
            let is_same = world::run(seed)?.trace == run.trace;
            anyhow::ensure!(is_same, "seed {seed} does not replay identically");
        }
        if !run.violations.is_empty() {
            failed.store(true, Ordering::Relaxed);
            eprintln!("seed {seed} violates {}", run.violations.join("; "));
            eprintln!("print its trace with: make prove SEED={seed}");
        }
        totals.add(&run);
    }
    Ok(totals)
}

/// Runs one seed twice, checks that the traces are equal, and prints the trace.
fn replay(seed: u64) -> anyhow::Result<ExitCode> {
    let (first, second) = (world::run(seed)?, world::run(seed)?);
    eprintln!("{}", first.trace.join("\n"));
    anyhow::ensure!(first.trace == second.trace, "the seed does not replay identically");
    eprintln!("seed {seed}: {first}; replayed identically");
    for violation in &first.violations {
        eprintln!("VIOLATION {violation}");
    }
    Ok(if first.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
