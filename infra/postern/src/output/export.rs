//! Where an export goes: standard output, or a new file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::terminal::escaped;
use crate::failure::{Failure, Result};

#[derive(Debug, Args)]
pub(crate) struct Target {
    /// Writes to this new file, which only its owner can read, in place of standard output
    #[arg(long, value_name = "NEW-FILE")]
    file: Option<PathBuf>,
}

impl Target {
    pub(crate) fn open(&self) -> Result<Export> {
        let to: Box<dyn Write> = match &self.file {
            None => Box::new(io::stdout().lock()),
            Some(path) => Box::new(create(path)?),
        };
        Ok(Export(BufWriter::new(to)))
    }
}

/// A file that only its owner can read: what is in it is about people.
fn create(path: &Path) -> Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.map_err(|error| Failure::Usage(format!("can't create {}: {error}", path.display())))
}

/// JSON that is written piece by piece.
pub(crate) struct Export(BufWriter<Box<dyn Write>>);

impl Export {
    /// Writes a value on one line.
    pub(crate) fn line(&mut self, value: &impl Serialize) -> Result<()> {
        let json = serde_json::to_string(value).map_err(io::Error::from)?;
        Ok(writeln!(self.0, "{}", escaped(&json))?)
    }

    /// Writes a value, indented.
    pub(crate) fn document(&mut self, value: &impl Serialize) -> Result<()> {
        let json = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
        Ok(writeln!(self.0, "{}", escaped(&json))?)
    }

    /// Writes what is left. An export that ends without it is not whole.
    pub(crate) fn finish(mut self) -> Result<()> {
        Ok(self.0.flush()?)
    }
}
