//! For every condition that a write of ours carries: does a test miss each of its clauses?
//!
//! The workbench records the conditions that the tests send, then overlooks one clause at a time. A
//! clause that no test misses must be listed in `defence.rs` with its reason, or the run fails.

mod condition;
mod defence;
mod suite;

use std::process::ExitCode;

use crate::condition::Condition;
use crate::suite::Suite;

fn main() -> anyhow::Result<ExitCode> {
    let suite = Suite::build()?;
    println!("| write | clause | without it |\n|---|---|---|");
    let (mut conditions, mut missed_nowhere) = (0, 0);
    for condition in suite.conditions() {
        conditions += 1;
        for clause in condition.clauses() {
            let failed = suite.failures_without(condition, &clause)?;
            let verdict = verdict(condition, &clause, &failed);
            missed_nowhere += usize::from(verdict.is_none());
            let verdict = verdict.unwrap_or_else(|| "**no test misses it**".to_owned());
            println!("| {} | `{clause}` | {verdict} |", condition.write);
        }
    }
    println!("\n{conditions} conditions; clauses that nothing misses: {missed_nowhere}");
    Ok(if missed_nowhere == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The first test that failed, or the reason why none has to.
fn verdict(condition: &Condition, clause: &str, failed: &[String]) -> Option<String> {
    if let Some(first) = failed.first() {
        let others = match failed.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        return Some(format!("`{first}`{others}"));
    }
    defence::reason(condition, clause).map(|reason| format!("defence: {reason}"))
}
