//! For every write of ours: has a test struck it with each fault, and does a test miss each clause of
//! its condition?
//!
//! The workbench records the writes that the tests send and what happens to each, then overlooks one
//! clause at a time. A clause that no test misses must be listed in `defence.rs` with its reason. A
//! fault that no test has tried, or a clause that nobody misses, fails the run.

mod defence;
mod fault;
mod pool;
mod suite;
mod write;

use std::process::ExitCode;

use clap::Parser;

use crate::suite::Suite;
use crate::write::Write;

/// Each write × each fault, and each clause of each condition taken away.
#[derive(Debug, Parser)]
struct Arguments {
    /// The faults alone
    #[arg(long)]
    faults: bool,
    /// Only writes whose name and condition contain this text
    of: Option<String>,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let suite = Suite::build()?;
    let of = arguments.of.unwrap_or_default();
    let writes: Vec<_> = suite.writes().into_iter().filter(|write| write.is_of(&of)).collect();
    let are_struck = print_faults(&suite, &writes);
    let are_missed = arguments.faults || print_clauses(&suite, &writes)?;
    Ok(if are_struck && are_missed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print_faults(suite: &Suite, writes: &[&Write]) -> bool {
    println!("| write | condition | struck with every fault by |\n|---|---|---|");
    let mut untried = 0;
    for write in writes {
        let (tests, left) = fault::cover(&suite.strikes(write));
        untried += left.len();
        let Write { name, condition } = write;
        println!("| {name} | `{condition}` | {} |", fault::told(&tests, &left));
    }
    println!(
        "\n{} writes, {} faults each; tried by no test: {untried}\n",
        writes.len(),
        fault::EVERY.len()
    );
    untried == 0
}

fn print_clauses(suite: &Suite, writes: &[&Write]) -> anyhow::Result<bool> {
    println!("| write | clause | without it |\n|---|---|---|");
    let clauses =
        writes.iter().flat_map(|write| write.clauses().into_iter().map(move |it| (*write, it)));
    let clauses: Vec<_> = clauses.collect();
    let verdict = |(write, clause): &(&Write, String)| {
        let test = suite.failure_without(write, clause)?.map(|test| format!("`{test}`"));
        let verdict = test.or_else(|| defence::reason(write, clause));
        Ok((write.name.clone(), clause.clone(), verdict))
    };
    let mut missed_nowhere = 0;
    pool::map(&clauses, verdict, |(write, clause, verdict)| {
        missed_nowhere += usize::from(verdict.is_none());
        let verdict = verdict.as_deref().unwrap_or("**no test misses it**");
        println!("| {write} | `{clause}` | {verdict} |");
    })?;
    println!("\n{} clauses; missed by no test: {missed_nowhere}", clauses.len());
    Ok(missed_nowhere == 0)
}
