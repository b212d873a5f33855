//! Windows of time in which attempts are counted, aligned to the epoch as the stack's are.

use std::time::{SystemTime, UNIX_EPOCH};

/// A span of time in which attempts are counted.
#[derive(Clone, Copy, Debug)]
pub enum Window {
    /// A day, UTC: codes that are sent.
    Day,
    /// A quarter of an hour: passwords that are tried.
    QuarterHour,
    /// An hour: sends and wrong codes of one source.
    Hour,
}

impl Window {
    fn seconds(self) -> u64 {
        match self {
            Self::Day => 86_400,
            Self::Hour => 3_600,
            Self::QuarterHour => 900,
        }
    }

    /// How long the window of this instant goes on, in whole seconds, rounded up.
    pub fn seconds_left(self) -> u64 {
        self.seconds() - now() % self.seconds()
    }

    /// What a run saw that lay in one window, first and last request included. A run during which a
    /// window ended proves nothing, and is repeated: so `run` makes its own tenant, and asserts nothing
    /// that depends on the window.
    pub async fn within<T>(self, run: impl AsyncFn() -> T) -> T {
        loop {
            let window = now() / self.seconds();
            let seen = run().await;
            if now() / self.seconds() == window {
                return seen;
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the stack that is tested reads the same clock")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs()
}
