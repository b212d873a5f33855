//! Where standard output leads.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;

use rustix::fs::{OFlags, fcntl_getfl};

use crate::failure::{Result, refused};

/// Refuses to begin a command whose standard output is closed (`>&-`): its result would be lost. Rust
/// opens `/dev/null` in place of a closed descriptor, for reading and writing; a shell's `>/dev/null` is
/// for writing only.
pub(crate) fn check() -> Result<()> {
    let flags = fcntl_getfl(io::stdout().as_fd()).map_err(io::Error::from)?;
    if flags.contains(OFlags::RDWR) && is_null()? {
        return refused(
            "standard output is closed; nothing was done: open it, or discard the result with \
             `>/dev/null`",
        );
    }
    Ok(())
}

/// Whether everything that is printed is discarded.
pub(super) fn is_null() -> io::Result<bool> {
    let stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?).metadata()?;
    // Not every system has one.
    Ok(std::fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == stdout.rdev()))
}
