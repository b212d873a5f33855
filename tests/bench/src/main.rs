//! What the deployed binaries cost: from exec to the first poll for an event, resident memory then, a
//! warm call, the size of binary and zip. Nothing is asserted about time.
//!
//! `make bench` runs it beside the local stack, whose DynamoDB is embedded and without TLS: what a
//! network and a handshake add is not in the figures.

mod calls;
mod instance;
mod report;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use flate2::Compression;
use flate2::write::DeflateEncoder;

use calls::{BATCH, ROUND, Round};
use instance::Instance;
use report::{Call, Row, megabytes, milliseconds};

/// Measures the functions' release binaries.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder of the binaries
    #[arg(long)]
    binaries: PathBuf,
    /// Folder with one folder for each function
    #[arg(long)]
    functions: PathBuf,
    /// Where the figures go as JSON
    #[arg(long)]
    json: PathBuf,
    /// Console of the local stack
    #[arg(long, env = "POSTERN_CONSOLE")]
    console: String,
    /// The table of sessions, whose changes are recorded
    #[arg(long, env = "SESSIONS_TABLE")]
    sessions_table: String,
    /// The operator's program, which gives the patient the codes of the day back
    #[arg(long)]
    postern: PathBuf,
    /// How often each function is started
    #[arg(long, default_value_t = 21)]
    starts: usize,
    /// How often each endpoint is called, warm
    #[arg(long, default_value_t = 200)]
    rounds: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut calls = warm(&arguments).await?;
    let mut rows = Vec::new();
    for function in functions(&arguments.functions)? {
        let binary = arguments.binaries.join(&function);
        let (start_up, memory) = cold(&binary, arguments.starts).await?;
        let bytes = std::fs::read(&binary)?;
        let call = calls.remove(function.as_str());
        rows.push(Row {
            call: call.and_then(|(took, cpu)| Call::of(took, &cpu)),
            start_up_ms: milliseconds(start_up),
            memory_mb: megabytes(memory),
            binary_mb: megabytes(u64::try_from(bytes.len())?),
            zip_mb: megabytes(zipped(&bytes)?),
            function,
        });
    }
    std::fs::write(&arguments.json, serde_json::to_vec_pretty(&rows)?)?;
    print!("{}{}", report::table(&rows), report::recorded(&rows, BATCH));
    Ok(())
}

fn functions(folder: &Path) -> Result<Vec<String>> {
    let names = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<std::collections::BTreeSet<_>>>()?;
    ensure!(!names.is_empty(), "no functions in {}", folder.display());
    Ok(names.into_iter().collect())
}

/// How many codes the demo's patient asks for before the day's are given back.
const SENDS: usize = 40;

type Calls = BTreeMap<&'static str, (Vec<Duration>, Vec<Duration>)>;

/// Rounds of calls, the first of which only warms up.
async fn warm(arguments: &Arguments) -> Result<Calls> {
    let mut instances = Vec::new();
    for function in ROUND {
        instances.push((function, Instance::start(&arguments.binaries.join(function)).await?));
    }
    let (mut round, mut calls) =
        (Round::new(arguments.console.clone(), arguments.sessions_table.clone()), Calls::new());
    for number in 0..=arguments.rounds {
        if number % SENDS == 0 {
            calls::unlock(&arguments.postern).await?;
        }
        for (function, instance) in &mut instances {
            let event = round.event(function).await?;
            let called = instance.call(&event).await.with_context(|| format!("call {function}"))?;
            round.learn(function, &called.answer)?;
            if number > 0 {
                let (took, cpu) = calls.entry(function).or_default();
                took.push(called.took);
                cpu.push(called.cpu);
            }
        }
    }
    Ok(calls)
}

/// The median start-up, and the memory after the last one.
async fn cold(binary: &Path, starts: usize) -> Result<(Duration, u64)> {
    let (mut start_ups, mut memory) = (Vec::new(), 0);
    for _ in 0..starts {
        let instance = Instance::start(binary).await?;
        start_ups.push(instance.start_up);
        memory = instance.memory()?;
    }
    start_ups.sort_unstable();
    Ok((*start_ups.get(starts / 2).context("no start")?, memory))
}

/// The size of a zip with this one file, but for its few bytes of directory.
fn zipped(bytes: &[u8]) -> Result<u64> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(u64::try_from(encoder.finish()?.len())?)
}
