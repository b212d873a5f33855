//! Figures of the audit trail: how many lines a core makes in a second, how long a million lines take to
//! verify, and in how much memory. `cargo run --release -p bench --bin audit`.

use std::time::Instant;

use anyhow::Context as _;
use bench::{Change, FIRST};
use clap::Parser;
use domain::audit::line::Line;
use domain::audit::seal::HourOfLines;
use domain::audit::table::AuditedTable;
use domain::audit::verification::chains::{Broken, Chains};
use domain::key::{KeyBytes, KeyRing};
use domain::time::Timestamp;
use serde_json::{Value, json};

/// Makes lines of an audit trail, and verifies them.
#[derive(Debug, Parser)]
struct Arguments {
    #[arg(long, default_value_t = 1_000_000)]
    lines: usize,
    /// How often each item is changed: the more items, the more memory
    #[arg(long, default_value_t = 1)]
    changes: usize,
    /// How many lines one hour has
    #[arg(long, default_value_t = 40_000)]
    hour: usize,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let ring = json!({"kid": "bench", "key": "A".repeat(88)});
    let key = serde_json::from_value::<KeyRing>(ring)?.current.bytes;
    let (mut chains, mut hour) = (Chains::default(), HourOfLines::default());
    let (mut making, mut verifying) = (0.0, 0.0);
    for nth in 0..arguments.lines {
        let at = FIRST + i64::try_from(nth / arguments.hour)? * 3600;
        let record = Change { nth, of_item: arguments.changes, at }.record();
        let started = Instant::now();
        let line = line(&record, &key)?;
        making += started.elapsed().as_secs_f64();
        let started = Instant::now();
        chains.line(&line);
        hour.add(&line);
        if (nth + 1) % arguments.hour == 0 {
            hour.hash();
            hour = HourOfLines::default();
        }
        verifying += started.elapsed().as_secs_f64();
    }
    let broken = chains.broken(Broken::Beginning, Timestamp::from_seconds(FIRST));
    anyhow::ensure!(broken == 0, "{broken} chains are broken");
    #[expect(clippy::cast_precision_loss, reason = "a million is exact")]
    let lines = arguments.lines as f64;
    println!("lines made in a second: {:.0}", lines / making);
    println!("seconds to verify {} lines: {verifying:.1}", chains.counts.lines);
    println!("peak memory in MiB: {}", peak_mebibytes()?);
    Ok(())
}

fn line(record: &Value, key: &KeyBytes) -> anyhow::Result<String> {
    Ok(serde_json::to_string(&Line::of(Some(AuditedTable::Sessions), record, key))?)
}

/// The most memory that this process has used, as Linux counts it.
fn peak_mebibytes() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = peak.and_then(|peak| peak.split_whitespace().next()).context("no VmHWM")?;
    Ok(kibibytes.parse::<u64>()? / 1024)
}
