//! Where the stack's own lines and those of its children go.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result};

/// The terminal, or a log file while another command has the terminal.
#[derive(Debug)]
pub(crate) enum Output {
    Terminal,
    File(File),
}

impl Output {
    /// A new log file, appended to by everybody who holds it.
    pub(crate) fn file(path: &Path) -> Result<Self> {
        let open = File::options().create(true).append(true).open(path);
        open.map(Self::File).with_context(|| format!("open {}", path.display()))
    }

    /// One line of the stack's own. It is written for people, so a full disk must not stop anything.
    pub(crate) fn line(&self, text: &str) {
        match self {
            Self::Terminal => eprintln!("{text}"),
            Self::File(file) => drop(writeln!(&mut &*file, "{text}")),
        }
    }

    /// Standard output and standard error of a child.
    pub(crate) fn of_child(&self) -> Result<[Stdio; 2]> {
        Ok(match self {
            Self::Terminal => [Stdio::inherit(), Stdio::inherit()],
            Self::File(file) => [file.try_clone()?.into(), file.try_clone()?.into()],
        })
    }
}
