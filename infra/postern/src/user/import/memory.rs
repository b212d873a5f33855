//! How much memory an import took.

use std::fs;

/// The most that this process has had in memory, in KiB: `VmHWM` of proc(5).
pub(super) fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
