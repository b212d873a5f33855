//! The deployed stack on one machine: the same binaries, routes, tables and events, all read from
//! `infra/template.yaml`.

mod announce;
mod aws;
mod cli;
mod clock;
mod config;
mod connection;
mod console;
mod data;
mod demo;
mod description;
mod dynamodb;
mod environment;
mod exec;
mod faults;
mod functions;
mod gateway;
mod guard;
mod iam;
mod inbox;
mod logs;
mod output;
mod port;
mod private_file;
mod reach;
mod requests;
mod routes;
mod runtime;
mod schedule;
mod signal;
mod stack;
mod stream;
mod template;
mod trace;
mod watch;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;

use cli::{Arguments, Command};
use config::{Config, Mode};
use output::Output;
use signal::Signals;
use stack::Stack;

#[tokio::main]
async fn main() -> ExitCode {
    run(Arguments::parse()).await.unwrap_or_else(|error| {
        eprintln!("local-stack: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run(arguments: Arguments) -> Result<ExitCode> {
    let (options, mode) = match &arguments.command {
        Some(Command::Exec { options, .. }) => (options, Mode::Exec),
        None if arguments.services => (&arguments.options, Mode::Services),
        None => (&arguments.options, Mode::Run),
    };
    let config = Config::new(options.clone(), mode)?;
    std::fs::create_dir_all(&config.local)
        .with_context(|| format!("create {}", config.local.display()))?;
    let mut signals = Signals::listen()?;
    match arguments.command {
        Some(Command::Exec { command, all_rights, .. }) => {
            exec::run(&config, &command, all_rights, &mut signals).await
        }
        None => tokio::select! {
            error = serve(&config) => Err(error),
            _ = signals.next() => Ok(ExitCode::SUCCESS),
        },
    }
}

/// Runs until a part of the stack fails.
async fn serve(config: &Config) -> anyhow::Error {
    match up(config).await {
        Ok(mut stack) => stack.failure().await,
        Err(error) => error,
    }
}

async fn up(config: &Config) -> Result<Stack> {
    let began = Instant::now();
    let stack = Stack::start(config, Arc::new(Output::Terminal)).await?;
    environment::write(&config.local.join("env"), &stack.environment)?;
    println!("{}", announce::announcement(config, &stack, began.elapsed()));
    Ok(stack)
}
