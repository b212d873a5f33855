//! Starts a function's binary with the environment variables that Lambda sets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::sync::watch;
use uuid::Uuid;

use super::api;
use super::log::Log;
use crate::clock;
use crate::iam::Permissions;
use crate::iam::request::Request;
use crate::logs::Logs;
use crate::output::Output;
use crate::requests::Requests;
use crate::template::{Function, arn};

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
    pub(crate) logs: Arc<Logs>,
    /// Takes the lines of the functions' logs.
    pub(crate) requests: Arc<Requests>,
    pub(crate) permissions: Arc<Permissions>,
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
        let stream = log_stream(function, instance);
        let mut child = Command::new(self.binaries.join(name))
            // The developer's own AWS settings must not be used.
            .env_clear()
            .envs(&function.environment)
            .envs(&self.environment)
            // The credentials of the function's role.
            .env("AWS_ACCESS_KEY_ID", &function.id)
            .env(
                "AWS_LAMBDA_RUNTIME_API",
                format!("{}{}", self.runtime_api, api::path(name, instance)),
            )
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_mb.to_string())
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", &function.log_group)
            .env("AWS_LAMBDA_LOG_STREAM_NAME", &stream)
            .env("LANG", "en_US.UTF-8")
            .env("TZ", ":UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C goes only to the stack, which then ends its child processes.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {name}"))?;
        let (count, logged) = watch::channel(0);
        if let Some((stdout, stderr)) = child.stdout.take().zip(child.stderr.take()) {
            match self.log(function, stream) {
                Some(log) => {
                    drop(tokio::spawn(log.clone().follow(stderr, count.clone())));
                    drop(tokio::spawn(log.follow(stdout, count)));
                }
                None => drop(tokio::spawn(discard(stdout, stderr))),
            }
        }
        Ok(Process { child, logged })
    }

    /// Where the log goes, if the function's role lets Lambda write it. If not, Lambda drops it without a word.
    fn log(&self, function: &Function, stream: String) -> Option<Log> {
        let group = function.log_group.clone();
        let resource = arn::log_stream(&group, &stream);
        let actions = ["logs:CreateLogStream", "logs:PutLogEvents"];
        let requests = actions.map(|action| Request::new(action, resource.clone()));
        self.permissions.authorize(&function.id, &requests).ok()?;
        if let Err(error) = self.logs.create_stream(&group, &stream) {
            self.output.line(&format!("{stream}: {error}"));
        }
        let (output, requests) = (Arc::clone(&self.output), Arc::clone(&self.requests));
        Some(Log { group, stream, logs: Arc::clone(&self.logs), output, requests })
    }
}

/// The stream of an instance, as Lambda names it in a group that functions share:
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html>.
fn log_stream(function: &Function, instance: Uuid) -> String {
    let now = clock::now().rfc3339();
    let date = now.split('T').next().unwrap_or_default().replace('-', "/");
    let (name, instance) = (arn::function_name(&function.id), instance.simple());
    format!("{date}/{name}[$LATEST]{instance}")
}

/// Reads what nobody may see, or the process would block on a full pipe.
async fn discard(mut stdout: ChildStdout, mut stderr: ChildStderr) {
    let (mut out, mut err) = (tokio::io::sink(), tokio::io::sink());
    let _ = tokio::join!(
        tokio::io::copy(&mut stdout, &mut out),
        tokio::io::copy(&mut stderr, &mut err)
    );
}
