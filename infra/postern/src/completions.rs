//! `postern completions`.

use std::io::{self, Write as _};

use clap_complete::{Shell, generate};

use crate::failure::Result;

#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell to print completions for
    shell: Shell,
}

impl Completions {
    pub(crate) fn print(&self, mut command: clap::Command) -> Result<()> {
        let mut script = Vec::new();
        generate(self.shell, &mut command, "postern", &mut script);
        let mut stdout = io::stdout().lock();
        stdout.write_all(&script)?;
        Ok(stdout.flush()?)
    }
}
