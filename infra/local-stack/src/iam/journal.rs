//! What several stacks of one run used and were denied: each writes it into a file of its own, in the folder of the
//! `exec` that runs them. A line is written at once, because tests kill their stacks.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::usage::Right;

#[derive(Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Entry {
    /// A right, and the common start of the keys that it was used with so far.
    Used { right: Right, keys: String },
    /// A call of a function.
    Denied(String),
}

/// The file of this process.
pub(super) struct Journal(File);

impl Journal {
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(format!("{}.jsonl", process::id()));
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path);
        Ok(Self(file.with_context(|| format!("open {}", path.display()))?))
    }

    pub(super) fn write(&mut self, entry: &Entry) -> Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.0.write_all(&line).context("write down what roles use")
    }
}

/// A folder of journals, which is removed with them.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(path: PathBuf) -> Result<Self> {
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.with_context(|| format!("create {}", path.display()))?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn read(&self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for file in self.0.read_dir().with_context(|| format!("read {}", self.0.display()))? {
            let path = file?.path();
            let text = fs::read_to_string(&path);
            for line in text.with_context(|| format!("read {}", path.display()))?.lines() {
                let entry = serde_json::from_str(line);
                entries.push(entry.with_context(|| format!("{}: {line}", path.display()))?);
            }
        }
        Ok(entries)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind is small, and nobody reads it again.
        drop(fs::remove_dir_all(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_several_stacks_wrote_is_read_and_goes_with_the_folder() {
        let path = std::env::temp_dir().join(format!("postern-journal-{}", process::id()));
        let folder = Folder::new(path.clone()).unwrap();
        assert!(Folder::new(path.clone()).is_err(), "another one has it");
        for line in ["DENIED a", "DENIED b"] {
            let mut journal = Journal::open(folder.path()).unwrap();
            journal.write(&Entry::Denied(line.to_owned())).unwrap();
        }
        fs::copy(path.join(format!("{}.jsonl", process::id())), path.join("1.jsonl")).unwrap();
        let denied = |line: &str| Entry::Denied(line.to_owned());
        let both = [denied("DENIED a"), denied("DENIED b")];
        let entries = folder.read().unwrap();
        assert_eq!((&entries[..2], &entries[2..]), (&both[..], &both[..]));
        fs::write(path.join("2.jsonl"), "half a li").unwrap();
        assert!(folder.read().is_err());
        drop(folder);
        assert!(!path.exists());
    }
}
