//! For every condition that a write of ours carries: does a test miss each of its clauses?
//!
//! The workbench records the conditions that the tests send, then overlooks one clause at a time. A
//! clause that no test misses must be listed in `defence.rs` with its reason, or the run fails.

mod condition;
mod defence;
mod suite;

use std::process::ExitCode;

use crate::suite::Suite;

fn main() -> anyhow::Result<ExitCode> {
    let suite = Suite::build()?;
    println!("| write | clause | without it |\n|---|---|---|");
    let (mut clauses, mut missed_nowhere) = (0, 0);
    for condition in suite.conditions() {
        for clause in condition.clauses() {
            clauses += 1;
            let test = suite.failure_without(condition, &clause)?.map(|test| format!("`{test}`"));
            let verdict =
                test.or_else(|| defence::reason(condition, &clause)).unwrap_or_else(|| {
                    missed_nowhere += 1;
                    "**no test misses it**".to_owned()
                });
            println!("| {} | `{clause}` | {verdict} |", condition.write);
        }
    }
    let conditions = suite.conditions().count();
    println!("\n{clauses} clauses in {conditions} conditions; nothing misses: {missed_nowhere}");
    Ok(if missed_nowhere == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
