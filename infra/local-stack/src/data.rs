//! The data folder: what survives a restart. One stack at a time may use it.

use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Creates the folder, and locks it until the result is dropped or this process ends. Two stacks would
/// overwrite each other's secrets and positions in streams.
pub(crate) fn lock(folder: &Path) -> Result<File> {
    std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let path = folder.join("lock");
    let file = File::create(&path).with_context(|| format!("open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "another stack uses {}; stop it, or set POSTERN_DATA to another folder",
            folder.display()
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("lock {}", path.display()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_locked_until_its_stack_ends() {
        let folder = std::env::temp_dir().join(format!("postern-{}", uuid::Uuid::new_v4()));
        let first = lock(&folder).unwrap();
        let refused = lock(&folder).unwrap_err().to_string();
        assert!(refused.contains("another stack uses") && refused.contains("POSTERN_DATA"));
        drop(first);
        assert!(lock(&folder).is_ok());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
