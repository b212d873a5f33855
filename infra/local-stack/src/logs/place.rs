//! Where a log group's file is.

use std::fmt::{self, Display, Formatter};
use std::fs::{File, OpenOptions};
use std::io::Result;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// A file in the data folder, which survives a restart; or one without a name, which ends with this process.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Named(PathBuf),
    /// In this folder.
    Unnamed(PathBuf),
}

impl Place {
    /// The file of a log group, by the group's id in the template.
    pub(super) fn of(group: &str, data: Option<&Path>, local: &Path) -> Self {
        match data {
            Some(data) => Self::Named(data.join(format!("logs.{group}.jsonl"))),
            None => Self::Unnamed(local.to_owned()),
        }
    }

    pub(super) fn open(&self) -> Result<File> {
        match self {
            Self::Named(path) => options().open(path),
            Self::Unnamed(folder) => {
                let path = folder.join(format!("logs-{}", Uuid::new_v4()));
                let file = options().open(&path)?;
                std::fs::remove_file(path)?;
                Ok(file)
            }
        }
    }

    /// A new file, which [`Self::replace`] puts into the place of the old one.
    pub(super) fn draft(&self) -> Result<File> {
        match self {
            Self::Named(path) => options().truncate(true).open(draft(path)),
            Self::Unnamed(_) => self.open(),
        }
    }

    pub(super) fn replace(&self) -> Result<()> {
        match self {
            Self::Named(path) => std::fs::rename(draft(path), path),
            Self::Unnamed(_) => Ok(()),
        }
    }
}

fn draft(path: &Path) -> PathBuf {
    path.with_extension("draft")
}

/// Lines name users and addresses of callers, so nobody else reads them.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).read(true).write(true).mode(0o600);
    options
}

impl Display for Place {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(path) => write!(formatter, "{}", path.display()),
            Self::Unnamed(folder) => write!(formatter, "a file in {}", folder.display()),
        }
    }
}
