//! The progress of an import.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::failure::{Result, usage};
use crate::output::note;

/// A progress bar on standard error, if that is a terminal.
pub(super) struct Progress {
    bytes: ProgressBar,
    rows: ProgressBar,
}

/// Opens a file, or standard input for `-`, with a progress bar.
pub(super) fn open(path: &Path) -> Result<(Box<dyn Read + Send>, Progress)> {
    let rows = ProgressBar::hidden();
    if path.as_os_str() == "-" {
        let bytes = bar(None, "{bytes} read, {msg} rows, {elapsed}");
        return Ok((Box::new(bytes.wrap_read(io::stdin())), Progress { bytes, rows }));
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) => return usage(format!("can't open {}: {error}", path.display())),
    };
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return usage(format!("{} is a folder, not a file", path.display()));
    }
    let length = metadata.len();
    let bytes = bar(Some(length), "{wide_bar} {percent} %, {msg} rows, {eta} left");
    Ok((Box::new(bytes.wrap_read(file)), Progress { bytes, rows }))
}

fn bar(length: Option<u64>, template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template(template);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

impl Progress {
    pub(super) fn row(&self) {
        self.rows.inc(1);
        if self.rows.position().is_multiple_of(100) {
            self.bytes.set_message(self.rows.position().to_string());
        }
    }

    /// Prints a message above the bar.
    pub(super) fn report(&self, message: &str) {
        self.bytes.suspend(|| note(message));
    }

    pub(super) fn finish(&self) {
        self.bytes.finish_and_clear();
    }
}
