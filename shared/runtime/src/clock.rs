//! The system's clock.

use domain::time::Timestamp;

/// The current time. Read once per event, then passed on.
#[expect(clippy::disallowed_methods, reason = "the one sanctioned reading of the clock")]
pub fn now() -> Timestamp {
    let since_epoch =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(0).plus(since_epoch)
}
