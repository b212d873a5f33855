//! The progress of an import.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use std::cell::Cell;
use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use tokio::time::Instant;

use crate::failure::{Result, usage};
use crate::output::note;

/// How often a line tells the progress if standard error is not a terminal.
const INTERVAL: Duration = Duration::from_secs(10);

/// A progress bar on standard error, or a line from time to time if that is not a terminal.
pub(super) struct Progress {
    bytes: ProgressBar,
    rows: ProgressBar,
    /// When the last line was printed; `None` on a terminal.
    told_at: Option<Cell<Instant>>,
}

/// Opens a file, or standard input for `-`, with a progress bar.
pub(super) fn open(path: &Path) -> Result<(Box<dyn Read + Send>, Progress)> {
    let rows = ProgressBar::hidden();
    let told_at = (!io::stderr().is_terminal()).then(|| Cell::new(Instant::now()));
    if path.as_os_str() == "-" {
        let bytes = bar(None, "{bytes} read, {msg} rows, {elapsed}");
        return Ok((Box::new(bytes.wrap_read(io::stdin())), Progress { bytes, rows, told_at }));
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
    Ok((Box::new(bytes.wrap_read(file)), Progress { bytes, rows, told_at }))
}

fn bar(length: Option<u64>, template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template(template);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

impl Progress {
    /// Counts a row. Whether it is time to print a line about the progress.
    pub(super) fn row(&self) -> bool {
        self.rows.inc(1);
        if self.rows.position().is_multiple_of(100) {
            self.bytes.set_message(self.rows.position().to_string());
        }
        let is_due = |told_at: &&Cell<Instant>| told_at.get().elapsed() >= INTERVAL;
        let due = self.told_at.as_ref().filter(is_due);
        due.inspect(|told_at| told_at.set(Instant::now())).is_some()
    }

    /// Prints a message above the bar.
    pub(super) fn report(&self, message: &str) {
        self.bytes.suspend(|| note(message));
    }

    pub(super) fn finish(&self) {
        self.bytes.finish_and_clear();
    }
}
