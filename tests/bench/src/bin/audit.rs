//! Figures of the audit trail: how many lines a core makes in a second, how long a million lines take to
//! verify, and in how much memory. `cargo run --release -p bench --bin audit`.

use std::time::Instant;

use anyhow::Context as _;
use domain::audit::line::Line;
use domain::audit::seal::HourOfLines;
use domain::audit::table::AuditedTable;
use domain::audit::verification::chains::{Broken, Chains};
use domain::key::{KeyBytes, KeyRing};
use domain::time::Timestamp;
use serde_json::{Value, json};

const LINES: usize = 1_000_000;
/// Changes of one session: a sign-in and its rotations.
const CHANGES_OF_ITEM: usize = 4;
/// So that all of them are within the day in which lines are remembered.
const LINES_OF_HOUR: usize = 40_000;
/// 2027-01-15T08:00:00Z.
const FIRST: i64 = 1_800_000_000;

fn main() -> anyhow::Result<()> {
    let ring = json!({"kid": "bench", "key": "A".repeat(88)});
    let key = serde_json::from_value::<KeyRing>(ring)?.current.bytes;
    let (mut chains, mut hour) = (Chains::default(), HourOfLines::default());
    let (mut making, mut verifying) = (0.0, 0.0);
    for at in 0..LINES {
        let record = record(at);
        let started = Instant::now();
        let line = line(&record, &key)?;
        making += started.elapsed().as_secs_f64();
        let started = Instant::now();
        chains.line(&line);
        hour.add(&line);
        if (at + 1) % LINES_OF_HOUR == 0 {
            hour.hash();
            hour = HourOfLines::default();
        }
        verifying += started.elapsed().as_secs_f64();
    }
    let broken = chains.broken(Broken::Beginning, Timestamp::from_seconds(FIRST));
    anyhow::ensure!(broken == 0, "{broken} chains are broken");
    #[expect(clippy::cast_precision_loss, reason = "a million is exact")]
    let lines = LINES as f64;
    println!("lines made in a second: {:.0}", lines / making);
    println!("seconds to verify {} lines: {verifying:.1}", chains.counts.lines);
    println!("peak memory in MiB: {}", peak_mebibytes()?);
    Ok(())
}

fn line(record: &Value, key: &KeyBytes) -> anyhow::Result<String> {
    Ok(serde_json::to_string(&Line::of(Some(AuditedTable::Sessions), record, key))?)
}

/// A change of a session, as the stream has it.
fn record(at: usize) -> Value {
    let (item, change) = (at / CHANGES_OF_ITEM, at % CHANGES_OF_ITEM);
    let pk = format!("FAM#{item:022}");
    let image = |change: usize| {
        json!({
            "pk": {"S": pk}, "organizationId": {"S": "11111111-1111-4111-8111-111111111111"},
            "userId": {"S": "33333333-3333-4333-8333-333333333333"}, "createdAt": {"N": "1800000000000"},
            "absExp": {"N": "1807776000000"}, "slideExp": {"N": "1802592000000"},
            "curHash": {"S": format!("{change:088}")}, "channel": {"S": "EMAIL"}, "ttl": {"N": "1807948800"},
            "by": {"S": format!("portal-refresh-token {item:036}")},
        })
    };
    let hour = i64::try_from(at / LINES_OF_HOUR).unwrap_or_default();
    let mut record = json!({
        "eventID": format!("{at:032x}"),
        "dynamodb": {
            "ApproximateCreationDateTime": FIRST + hour * 3600, "Keys": {"pk": {"S": pk}},
            "SequenceNumber": "1", "NewImage": image(change),
        },
    });
    if change > 0 {
        record["dynamodb"]["OldImage"] = image(change - 1);
    }
    record
}

/// The most memory that this process has used, as Linux counts it.
fn peak_mebibytes() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = peak.and_then(|peak| peak.split_whitespace().next()).context("no VmHWM")?;
    Ok(kibibytes.parse::<u64>()? / 1024)
}
