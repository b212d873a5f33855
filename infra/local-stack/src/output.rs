//! The output of the stack and its child processes.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result};

/// The terminal, or a log file while another command uses the terminal.
#[derive(Debug)]
pub(crate) enum Output {
    Terminal,
    File(File),
}

impl Output {
    /// A new log file. The stack and its child processes append to it.
    pub(crate) fn file(path: &Path) -> Result<Self> {
        let open = File::options().create(true).append(true).open(path);
        open.map(Self::File).with_context(|| format!("open {}", path.display()))
    }

    /// Prints a line of the stack. Errors are ignored: a full disk must not stop the stack.
    pub(crate) fn line(&self, text: &str) {
        match self {
            Self::Terminal => eprintln!("{text}"),
            Self::File(file) => drop(writeln!(&mut &*file, "{text}")),
        }
    }

    /// Prints a line that a function printed. Errors are ignored, as in [`Self::line`].
    pub(crate) fn pass_on(&self, line: &[u8]) {
        match self {
            Self::Terminal => drop(std::io::stdout().write_all(line)),
            Self::File(file) => drop((&mut &*file).write_all(line)),
        }
    }

    /// Standard output and standard error for a child process.
    pub(crate) fn of_child(&self) -> Result<[Stdio; 2]> {
        Ok(match self {
            Self::Terminal => [Stdio::inherit(), Stdio::inherit()],
            Self::File(file) => [file.try_clone()?.into(), file.try_clone()?.into()],
        })
    }
}
