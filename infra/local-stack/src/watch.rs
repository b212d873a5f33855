//! `cargo lambda watch` in place of the stack's own Lambda: builds a function when it is first called,
//! and again when its code changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::config::{Config, Mode};
use crate::output::Output;
use crate::port::{self, Variable};

/// How long it may take to open its port; it builds nothing before.
const PATIENCE: Duration = Duration::from_secs(20);

/// Calls of one function that may overlap. Each has a `cargo run` of its own.
const INSTANCES: &str = "4";

/// The running process, and the address of its Invoke API.
pub(crate) struct Watch {
    child: Child,
    pub(crate) url: String,
}

impl Watch {
    /// Starts it with the variables of the functions, and waits until it can be called.
    pub(crate) async fn start(
        config: &Config,
        port: u16,
        environment: &BTreeMap<String, String>,
        output: &Output,
    ) -> Result<Self> {
        let port = port::free(port, Variable::Watch).await?.to_string();
        let program = program(&config.local);
        let [stdout, stderr] = output.of_child()?;
        let mut command = Command::new(&program);
        command
            .args(["lambda", "watch", "--invoke-address", "127.0.0.1", "--invoke-port", &port])
            .args(["--concurrency", INSTANCES])
            // Nobody edits code beside a command that is being run.
            .args((config.mode == Mode::Exec).then_some("--ignore-changes"))
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .process_group(0)
            .kill_on_drop(true);
        let child = command.spawn().with_context(|| {
            format!("start {}; `make watch` installs it, or see README.md", program.display())
        })?;
        let mut watch = Self { child, url: format!("http://127.0.0.1:{port}") };
        let address = format!("127.0.0.1:{port}");
        tokio::time::timeout(PATIENCE, watch.opened(&address))
            .await
            .context("`cargo lambda watch` opens no port")??;
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

    /// Returns when it ends, which it should not.
    pub(crate) async fn ended(mut self) -> Result<()> {
        let status = self.child.wait().await?;
        bail!("`cargo lambda watch` ended: {status}")
    }
}

/// The one that the Makefile installs, or the developer's.
fn program(local: &Path) -> PathBuf {
    let installed = local.join("cargo-lambda/bin/cargo-lambda");
    if installed.is_file() { installed } else { PathBuf::from("cargo-lambda") }
}
