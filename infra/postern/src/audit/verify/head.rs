//! A seal that was stored elsewhere.

use std::path::Path;

use domain::audit::seal::Seal;

use crate::failure::{Result, usage};

pub(super) fn read(file: &Path) -> Result<Seal> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return usage(format!("--head {}: {error}", file.display())),
    };
    match Seal::parse(&text) {
        Ok(seal) if seal.statement().is_ok() => Ok(seal),
        _ => usage(format!(
            "--head {}: not a seal as `postern audit seal --output json` prints it",
            file.display()
        )),
    }
}
