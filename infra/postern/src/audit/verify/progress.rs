//! How far a verification came, in a file that only its owner may read.

use std::fs::{OpenOptions, rename};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use domain::audit::verification::chains::Chains;
use domain::audit::verification::seals::Seals;
use domain::audit::verification::state;

use crate::failure::{Failure, Result, usage};

pub(super) fn read(file: Option<&Path>) -> Result<(Chains, Seals)> {
    let Some(file) = file else { return Ok(Default::default()) };
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Default::default()),
        Err(error) => return usage(format!("--state {}: {error}", file.display())),
    };
    state::read(&bytes).or_else(|error| usage(format!("--state {}: {error}", file.display())))
}

/// Replaces the file as a whole, so that a command that is cut off leaves the one before.
pub(super) fn write(file: &Path, chains: &Chains, seals: &Seals) -> Result<()> {
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    let new = Path::new(&name);
    let written = || {
        let mut options = OpenOptions::new();
        let mut opened = options.create(true).truncate(true).write(true).mode(0o600).open(new)?;
        opened.write_all(&state::write(chains, seals))?;
        opened.sync_all()?;
        rename(new, file)
    };
    written().map_err(|error| Failure::Refused(format!("--state {}: {error}", file.display())))
}
