//! The file of the rows that were refused, to be corrected and imported again.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::failure::{Failure, Result};

/// A file with the header and the rows as they stand in the imported one, in its order.
pub(super) struct Rejects {
    file: BufWriter<File>,
    header: Option<Vec<u8>>,
    /// Rows after one that is not done yet.
    waiting: BTreeMap<u64, Vec<u8>>,
}

impl Rejects {
    /// Creates the file, which only its owner can read: its rows are about people.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let file = file
            .map_err(|error| Failure::Usage(format!("can't create {}: {error}", path.display())))?;
        Ok(Self { file: BufWriter::new(file), header: None, waiting: BTreeMap::new() })
    }

    pub(super) fn header(&mut self, text: Vec<u8>) {
        self.header = Some(text);
    }

    pub(super) fn add(&mut self, line: u64, text: Option<Vec<u8>>) {
        self.waiting.extend(text.map(|text| (line, text)));
    }

    /// Writes the rows up to a line: all before it are done.
    pub(super) fn write_up_to(&mut self, line: u64) -> Result<()> {
        while let Some(first) = self.waiting.first_entry().filter(|first| *first.key() <= line) {
            let row = first.remove();
            for text in self.header.take().iter().chain([&row]) {
                self.file.write_all(text)?;
                self.file.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<()> {
        self.write_up_to(u64::MAX)?;
        Ok(self.file.flush()?)
    }
}
