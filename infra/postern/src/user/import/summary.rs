//! What an import did.

use serde::Serialize;

use crate::output::{Record, some};

/// The summary of an import, however it ended.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    pub(super) created: u64,
    pub(super) updated: u64,
    pub(super) already_there: u64,
    pub(super) bad: u64,
    /// All lines up to this one are done.
    pub(super) done_up_to_line: u64,
    /// How often AWS throttled, so that the import waited.
    pub(super) throttled: u64,
    pub(super) seconds: f64,
    pub(super) rows_per_second: u64,
    /// `None` if the system doesn't report it.
    pub(super) peak_memory_kib: Option<u64>,
}

impl Summary {
    pub(super) fn rows(&self) -> u64 {
        self.created + self.updated + self.already_there + self.bad
    }

    /// The summary with the time that it took.
    pub(super) fn timed(self, seconds: f64) -> Self {
        Self { rows_per_second: rate(self.rows(), seconds), seconds, ..self }
    }

    /// One line, for progress.
    pub(super) fn line(&self) -> String {
        format!(
            "{} rows up to line {}: {} created, {} updated, {} existed already, {} bad; {} a second",
            self.rows(),
            self.done_up_to_line,
            self.created,
            self.updated,
            self.already_there,
            self.bad,
            self.rows_per_second
        )
    }
}

impl Record for Summary {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("created", self.created.to_string()),
            ("updated", self.updated.to_string()),
            ("already exist", self.already_there.to_string()),
            ("bad rows", self.bad.to_string()),
            ("done up to line", self.done_up_to_line.to_string()),
            ("throttled", self.throttled.to_string()),
            ("seconds", format!("{:.1}", self.seconds)),
            ("rows per second", self.rows_per_second.to_string()),
            ("peak memory, KiB", some(self.peak_memory_kib)),
        ]
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a rate for people"
)]
fn rate(rows: u64, seconds: f64) -> u64 {
    (rows as f64 / seconds.max(0.001)) as u64
}
