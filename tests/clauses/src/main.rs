//! For every condition that a write of ours carries: does a test miss each of its clauses?
//!
//! The workbench records the conditions that the tests send, then overlooks one clause at a time. A
//! clause that no test misses must be listed in `defence.rs` with its reason, or the run fails.

mod condition;
mod defence;
mod pool;
mod suite;

use std::process::ExitCode;

use crate::condition::Condition;
use crate::suite::Suite;

fn main() -> anyhow::Result<ExitCode> {
    let suite = Suite::build()?;
    println!("| write | clause | without it |\n|---|---|---|");
    let conditions = suite.conditions();
    let clauses = conditions.iter().flat_map(|condition| {
        condition.clauses().into_iter().map(move |clause| (*condition, clause))
    });
    let clauses: Vec<_> = clauses.collect();
    let verdict = |(condition, clause): &(&Condition, String)| {
        let test = suite.failure_without(condition, clause)?.map(|test| format!("`{test}`"));
        let verdict = test.or_else(|| defence::reason(condition, clause));
        Ok((condition.write.clone(), clause.clone(), verdict))
    };
    let mut missed_nowhere = 0;
    pool::map(&clauses, verdict, |(write, clause, verdict)| {
        missed_nowhere += usize::from(verdict.is_none());
        let verdict = verdict.as_deref().unwrap_or("**no test misses it**");
        println!("| {write} | `{clause}` | {verdict} |");
    })?;
    let (clauses, conditions) = (clauses.len(), conditions.len());
    println!("\n{clauses} clauses in {conditions} conditions; nothing misses: {missed_nowhere}");
    Ok(if missed_nowhere == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
