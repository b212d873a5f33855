//! The operator's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::time::Timestamp;

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the command line reads the time"
)]
pub(crate) fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(0).plus(elapsed)
}
