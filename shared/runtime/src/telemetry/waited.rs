//! The services that requests wait for, and the time that a request waited for each.

use std::time::{Duration, Instant};

/// A service that requests wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependency {
    DynamoDb,
    SecretsManager,
    Ses,
    Sns,
}

/// The time during which at least one call to a service was running.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Waited {
    total: Option<Duration>,
    pub(super) running: u32,
    pub(super) since: Option<Instant>,
}

impl Waited {
    pub(super) fn millis(&self) -> Option<u64> {
        self.total.map(|total| u64::try_from(total.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn begin(&mut self) {
        if self.running == 0 {
            self.since = Some(Instant::now());
        }
        self.running += 1;
    }

    pub(super) fn end(&mut self) {
        self.running = self.running.saturating_sub(1);
        if self.running == 0
            && let Some(since) = self.since.take()
        {
            self.total = Some(self.total.unwrap_or_default() + since.elapsed());
        }
    }
}
