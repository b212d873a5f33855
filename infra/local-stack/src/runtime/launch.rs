//! Starts a function's binary with the environment variables that Lambda sets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use uuid::Uuid;

use super::{api, log};
use crate::output::Output;
use crate::requests::Requests;
use crate::template::Function;

/// What all processes of functions have in common.
pub(crate) struct Launcher {
    /// The folder of the binaries.
    pub(crate) binaries: PathBuf,
    /// The URL of the Runtime API. Lambda sets only host and port; because of the path, the Rust runtime
    /// needs the whole URL here.
    pub(crate) runtime_api: String,
    /// Region, credentials and endpoints.
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) output: Arc<Output>,
    /// Takes the lines of the functions' logs.
    pub(crate) requests: Arc<Requests>,
}

/// A running process.
pub(super) struct Process {
    pub(super) child: Child,
    /// How many requests its log has.
    pub(super) logged: watch::Receiver<u64>,
}

/// Checks at the start that all binaries exist.
pub(crate) fn check(binaries: &Path, functions: &[Function]) -> Result<()> {
    let is_missing = |function: &&Function| !binaries.join(&function.name).is_file();
    let missing: Vec<_> = functions.iter().filter(is_missing).map(|it| it.name.as_str()).collect();
    let (names, folder) = (missing.join(", "), binaries.display());
    ensure!(
        missing.is_empty(),
        "binaries not found in {folder}: {names}; build them with `make run`, or name their folder with --binaries"
    );
    Ok(())
}

impl Launcher {
    /// Starts a process. It ends when its handle is dropped, or when the Runtime API doesn't answer.
    pub(super) fn start(&self, function: &Function, instance: Uuid) -> Result<Process> {
        let name = &function.name;
        let [_, stderr] = self.output.of_child()?;
        let mut child = Command::new(self.binaries.join(name))
            // The developer's own AWS settings must not be used.
            .env_clear()
            .envs(&function.environment)
            .envs(&self.environment)
            .env(
                "AWS_LAMBDA_RUNTIME_API",
                format!("{}{}", self.runtime_api, api::path(name, instance)),
            )
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_mb.to_string())
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}"))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", instance.to_string())
            .env("LANG", "en_US.UTF-8")
            .env("TZ", ":UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            // Ctrl-C goes only to the stack, which then ends its child processes.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {name}"))?;
        let (count, logged) = watch::channel(0);
        if let Some(stdout) = child.stdout.take() {
            let (output, requests) = (Arc::clone(&self.output), Arc::clone(&self.requests));
            drop(tokio::spawn(log::follow(stdout, output, requests, count)));
        }
        Ok(Process { child, logged })
    }
}
