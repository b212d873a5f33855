//! `local-stack exec`: runs a command beside a new stack.

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{self, ExitCode, ExitStatus};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use crate::config::Config;
use crate::iam::Permissions;
use crate::iam::journal::Folder;
use crate::output::Output;
use crate::signal::Signals;
use crate::stack::Stack;

/// Starts the stack, runs the command, and returns the command's status. It fails, too, if this stack, or one that the
/// command started, denied a function something or, with `all_rights`, if a right wasn't used on any of them.
pub(crate) async fn run(
    config: &Config,
    command: &[OsString],
    all_rights: bool,
    signals: &mut Signals,
) -> Result<ExitCode> {
    let log = config.local.join(format!("exec-{}.log", process::id()));
    let usage = Folder::new(config.local.join(format!("exec-{}", process::id())))?;
    let (status, permissions) = tokio::select! {
        ended = beside_a_stack(config, command, &log, &usage) => ended?,
        signal = signals.next() => return Ok(ExitCode::from(128 + signal)),
    };
    if status.success() {
        permissions.read(&usage)?;
        let mut found = permissions.denied();
        if all_rights {
            found.extend(permissions.unused().into_iter().map(|right| format!("UNUSED {right}")));
        }
        if !found.is_empty() {
            let (lines, count, log) = (found.join("\n"), found.len(), log.display());
            bail!(
                "infra/template.yaml allows too little or too much:\n{lines}\n{count} in all; the stack's output is in {log}"
            );
        }
        fs::remove_file(&log).context("remove the stack's log")?;
    } else {
        eprintln!("local-stack: the command failed; the stack's output is in {}", log.display());
    }
    Ok(ExitCode::from(code(status)))
}

async fn beside_a_stack(
    config: &Config,
    command: &[OsString],
    log: &Path,
    usage: &Folder,
) -> Result<(ExitStatus, Arc<Permissions>)> {
    let mut stack = Stack::start(config, Arc::new(Output::file(log)?)).await?;
    let [program, arguments @ ..] = command else { bail!("give a command to run") };
    let mut child = Command::new(program)
        .args(arguments)
        .envs(&stack.environment)
        .env("POSTERN_STACK_LOG", log)
        .env("POSTERN_USAGE", std::path::absolute(usage.path())?)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("run {}", program.display()))?;
    tokio::select! {
        status = child.wait() => Ok((status?, Arc::clone(&stack.permissions))),
        error = stack.failure() => Err(error),
    }
}

/// The exit code that a shell would report: 128 + the number of the signal that ended the command.
fn code(status: ExitStatus) -> u8 {
    let signal = || status.signal().map_or(1, |signal| 128 + signal);
    u8::try_from(status.code().unwrap_or_else(signal)).unwrap_or(1)
}
