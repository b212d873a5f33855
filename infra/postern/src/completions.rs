//! `postern completions`.

use clap_complete::{Shell, generate};

use crate::failure::Result;
use crate::output;

#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell to print completions for
    shell: Shell,
}

impl Completions {
    pub(crate) fn print(&self, mut command: clap::Command) -> Result<()> {
        let mut script = Vec::new();
        generate(self.shell, &mut command, "postern", &mut script);
        output::script(&script)
    }
}
