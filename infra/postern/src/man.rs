//! `postern man`.

use std::path::PathBuf;

use crate::failure::{Result, refused};
use crate::output;

#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// Writes the page of every command into this folder, which exists
    #[arg(long, value_name = "FOLDER")]
    directory: Option<PathBuf>,
}

impl Man {
    pub(crate) fn print(&self, command: clap::Command) -> Result<()> {
        if let Some(directory) = &self.directory {
            return match clap_mangen::generate_to(command, directory) {
                Ok(()) => Ok(()),
                Err(error) => refused(format!("pages into {}: {error}", directory.display())),
            };
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        output::script(&page)
    }
}
