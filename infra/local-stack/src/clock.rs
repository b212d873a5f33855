//! The stack's clock. A developer can move it forward, to see what expires; functions follow it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
use domain::time::Timestamp;

use crate::private_file;

/// By how many milliseconds the clock is ahead of the machine's. There is one stack in a process.
static AHEAD: AtomicU64 = AtomicU64::new(0);

/// How far the clock can be moved. Every lifetime of the deployment is shorter.
const MAXIMUM: Duration = Duration::from_hours(24 * 3650);

/// The time of the stack.
pub(crate) fn now() -> Timestamp {
    machine().plus(ahead())
}

/// By how much the stack is ahead of the machine.
pub(crate) fn ahead() -> Duration {
    Duration::from_millis(AHEAD.load(Ordering::Relaxed))
}

/// The time of the machine, which the database has, too.
#[expect(clippy::disallowed_methods, reason = "the one place where the local stack reads the time")]
pub(crate) fn machine() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
}

/// The file that tells the functions how far ahead the clock is. Removed when dropped.
pub(crate) struct Clock {
    file: PathBuf,
}

impl Clock {
    /// With the machine's time.
    pub(crate) fn start(folder: &Path) -> Result<Self> {
        let clock = Self { file: folder.join(format!("clock-{}", std::process::id())) };
        clock.set(Duration::ZERO)?;
        Ok(clock)
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&self, by: Duration) -> Result<()> {
        let sum = ahead().saturating_add(by);
        ensure!(sum <= MAXIMUM, "the clock can be at most 3650 days ahead");
        self.set(sum)
    }

    /// Goes back to the machine's time.
    pub(crate) fn reset(&self) -> Result<()> {
        self.set(Duration::ZERO)
    }

    fn set(&self, ahead: Duration) -> Result<()> {
        let millis = u64::try_from(ahead.as_millis())?;
        private_file::write(&self.file, millis.to_string().as_bytes())?;
        AHEAD.store(millis, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        // Nobody reads a file that is left behind.
        let _ = std::fs::remove_file(&self.file);
    }
}

/// A span of time as a developer writes it: a whole number and a unit, e.g. `90s`, `15m`, `6h`, `30d`.
pub(crate) fn span(text: &str) -> Result<Duration> {
    let text = text.trim();
    let number = text.trim_end_matches(|char: char| !char.is_ascii_digit());
    let seconds = match &text[number.len()..] {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        "d" => Some(86400),
        _ => None,
    };
    let number = number.parse::<u64>().ok();
    let total = seconds.zip(number).and_then(|(seconds, number)| number.checked_mul(seconds));
    let total = total.map(Duration::from_secs).filter(|total| !total.is_zero());
    total.ok_or_else(|| {
        anyhow::anyhow!("a time is a whole number above 0 and s, m, h or d, e.g. 6h")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_a_unit() {
        let seconds = |text: &str| span(text).ok().map(|span| span.as_secs());
        assert_eq!(
            ["90s", " 15m", "6h", "30d"].map(seconds),
            [90, 900, 21_600, 2_592_000].map(Some)
        );
        for text in
            ["", "6", "h", "0s", "-6h", "1.5h", "6 h", "6h30m", "6w", "99999999999999999999s", "ü"]
        {
            assert_eq!(seconds(text), None, "{text}");
        }
        assert_eq!(seconds("18446744073709551615d"), None);
    }
}
