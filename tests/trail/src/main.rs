//! Runs seeds of histories of the audit trail.

use std::process::ExitCode;

use clap::Parser;

/// Runs seeded histories, and verifies each trail
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds to run
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
}

fn main() -> anyhow::Result<ExitCode> {
    let Arguments { seeds, from } = Arguments::parse();
    let mut total = trail::Told::default();
    for seed in from..from + seeds {
        match trail::run(seed)? {
            Ok(told) => total.add(told),
            Err(violation) => {
                eprintln!("seed {seed}: {violation}");
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    eprintln!("{seeds} histories: {total}");
    Ok(ExitCode::SUCCESS)
}
