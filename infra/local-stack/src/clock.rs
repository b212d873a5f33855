//! The stack's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::time::Timestamp;

#[expect(clippy::disallowed_methods, reason = "the one place where the local stack reads the time")]
pub(crate) fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
}
