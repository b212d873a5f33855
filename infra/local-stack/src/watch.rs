//! `cargo lambda watch`, which replaces the stack's own Lambda: it builds a function at its first call, and
//! again when its code changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::watch;

use crate::config::{Config, Mode};
use crate::port::{self, Variable};
use crate::runtime::Log;

/// How long it may take to open its port; it doesn't build anything before.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// How many calls of one function may run in parallel. Each has its own `cargo run`.
const INSTANCES: &str = "4";

/// The stream of what all functions print: by their output alone they can't be told apart.
pub(crate) const STREAM: &str = "cargo-lambda-watch";

/// The running process, and the address of its Invoke API.
pub(crate) struct Watch {
    child: Child,
    pub(crate) url: String,
}

impl Watch {
    /// Starts the process with the variables of the functions, and waits until it can be called. What the
    /// functions print is logged.
    pub(crate) async fn start(
        config: &Config,
        port: u16,
        environment: &BTreeMap<String, String>,
        log: Log,
    ) -> Result<Self> {
        let port = port::free(port, Variable::Watch).await?.to_string();
        let program = program(&config.local);
        let [_, stderr] = log.output.of_child()?;
        let mut command = Command::new(&program);
        command
            .args(["lambda", "watch", "--invoke-address", "127.0.0.1", "--invoke-port", &port])
            .args(["--concurrency", INSTANCES])
            // Its own headers let every web page read what functions answer.
            .arg("--disable-cors")
            // No developer edits code while `exec` runs a command.
            .args((config.mode == Mode::Exec).then_some("--ignore-changes"))
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .process_group(0)
            .kill_on_drop(true);
        let mut child = command.spawn().with_context(|| {
            format!("start {}; install it with `make watch`, or see README.md", program.display())
        })?;
        if let Some(stdout) = child.stdout.take() {
            drop(tokio::spawn(log.follow(stdout, watch::channel(0).0)));
        }
        let mut watch = Self { child, url: format!("http://127.0.0.1:{port}") };
        let address = format!("127.0.0.1:{port}");
        tokio::time::timeout(START_TIMEOUT, watch.opened(&address))
            .await
            .context("`cargo lambda watch` did not open its port within 20 s")??;
        Ok(watch)
    }

    async fn opened(&mut self, address: &str) -> Result<()> {
        let mut tick = tokio::time::interval(Duration::from_millis(50));
        while TcpStream::connect(address).await.is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("`cargo lambda watch` ended: {status}");
            }
            tick.tick().await;
        }
        Ok(())
    }

    /// Returns when the process ends, with an error.
    pub(crate) async fn ended(mut self) -> Result<()> {
        let status = self.child.wait().await?;
        bail!("`cargo lambda watch` ended: {status}")
    }
}

/// The program that the Makefile installs or, without it, the developer's.
fn program(local: &Path) -> PathBuf {
    let installed = local.join("cargo-lambda/bin/cargo-lambda");
    if installed.is_file() { installed } else { PathBuf::from("cargo-lambda") }
}
