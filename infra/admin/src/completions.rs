//! `postern completions`.

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use crate::Arguments;
use crate::failure::Result;

#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// Whose
    shell: Shell,
}

impl Completions {
    pub(crate) fn print(&self) -> Result<()> {
        let mut script = Vec::new();
        generate(self.shell, &mut Arguments::command(), "postern", &mut script);
        std::io::Write::write_all(&mut std::io::stdout(), &script)?;
        Ok(())
    }
}
