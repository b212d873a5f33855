//! What was measured, as a table and as JSON.

use std::time::Duration;

use serde::Serialize;

/// One function.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    pub(crate) function: String,
    pub(crate) start_up_ms: f64,
    pub(crate) memory_mb: f64,
    /// Absent for functions that the round doesn't call.
    pub(crate) call: Option<Call>,
    pub(crate) binary_mb: f64,
    pub(crate) zip_mb: f64,
}

/// A warm call.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "a figure names its unit")]
pub(crate) struct Call {
    pub(crate) median_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) cpu_ms: f64,
}

impl Call {
    pub(crate) fn of(mut took: Vec<Duration>, cpu: &[Duration]) -> Option<Self> {
        took.sort_unstable();
        let mean = cpu.iter().sum::<Duration>().checked_div(u32::try_from(cpu.len()).ok()?)?;
        Some(Self {
            median_ms: milliseconds(*took.get(took.len() / 2)?),
            p99_ms: milliseconds(*took.get(took.len() * 99 / 100)?),
            cpu_ms: milliseconds(mean),
        })
    }
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "sizes far below 2^52")]
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// How many changes of tables a core records.
pub(crate) fn recorded(rows: &[Row], batch: usize) -> String {
    let recorder = rows.iter().find(|row| row.function == "audit-record");
    let Some(call) = recorder.and_then(|row| row.call.as_ref()) else { return String::new() };
    #[expect(clippy::cast_precision_loss, reason = "a hundred is exact")]
    let changes = batch as f64 * 1000.0 / call.cpu_ms;
    format!("\n`audit-record` takes {batch} changes a call; {changes:.0} a second of CPU.\n")
}

/// For docs/speed.md.
pub(crate) fn table(rows: &[Row]) -> String {
    let head = "| function | start-up | memory | call, median | 99 % | CPU | binary | zip |\n\
                |---|---|---|---|---|---|---|---|\n";
    head.to_owned() + &rows.iter().map(line).collect::<String>()
}

fn line(row: &Row) -> String {
    let Row { function, start_up_ms, memory_mb, binary_mb, zip_mb, .. } = row;
    let call = row.call.as_ref().map_or_else(
        || "– | – | –".to_owned(),
        |Call { median_ms, p99_ms, cpu_ms }| {
            format!("{median_ms:.1} ms | {p99_ms:.1} ms | {cpu_ms:.2} ms")
        },
    );
    format!(
        "| `{function}` | {start_up_ms:.1} ms | {memory_mb:.1} MB | {call} | {binary_mb:.1} MB | {zip_mb:.1} MB |\n"
    )
}
