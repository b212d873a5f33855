//! The data folder: what survives a restart. One stack at a time may use it, and no other account of the machine may
//! read it: it has keys, tokens' digests and users.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context, Result, bail};

const LOCK: &str = "lock";
/// The starts of the names of files that hold data, besides the lock: an earlier version let others read them.
const FILES: [&str; 5] = ["secrets.", "dynamodb.", "logs.", "stream-", "shared-local-instance."];

/// Creates the folder, and locks it until the result is dropped or this process ends. Two stacks would
/// overwrite each other's secrets and positions in streams.
pub(crate) fn lock(folder: &Path) -> Result<File> {
    restrict(folder).with_context(|| format!("create {}", folder.display()))?;
    let path = folder.join(LOCK);
    let file = private(&path).with_context(|| format!("open {}", path.display()))?;
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

/// Opens a file that only its owner may read, and creates it if it is missing.
pub(crate) fn private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)
}

/// Takes the folder and its files away from others. A folder with other things in it stays as it is.
fn restrict(folder: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let entries = folder.read_dir()?.collect::<Result<Vec<_>, _>>()?;
    if entries.is_empty() || entries.iter().any(|entry| entry.file_name() == LOCK) {
        std::fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    for entry in entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_ours = name == LOCK || FILES.iter().any(|start| name.starts_with(start));
        if is_ours && entry.file_type()?.is_file() {
            std::fs::set_permissions(entry.path(), Permissions::from_mode(0o600))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn nobody_else_reads_the_folder_or_a_file_in_it() {
        let folder = std::env::temp_dir().join(format!("postern-{}", uuid::Uuid::new_v4()));
        drop(lock(&folder).unwrap());
        assert_eq!((mode(&folder), mode(&folder.join("lock"))), (0o700, 0o600));
        let open = |name: &str, mode| {
            std::fs::write(folder.join(name), "x").unwrap();
            std::fs::set_permissions(folder.join(name), Permissions::from_mode(mode)).unwrap();
        };
        open("dynamodb.sqlite", 0o644);
        open("notes.txt", 0o644);
        std::fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        drop(lock(&folder).unwrap());
        assert_eq!((mode(&folder), mode(&folder.join("dynamodb.sqlite"))), (0o700, 0o600));
        assert_eq!(mode(&folder.join("notes.txt")), 0o644, "it isn't the stack's");
        std::fs::remove_dir_all(&folder).unwrap();
    }

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
