//! The memory that an import used.

use std::fs;

/// The peak memory of this process, in KiB: `VmHWM` in proc(5).
pub(super) fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
