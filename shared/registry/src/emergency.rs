//! Steps of an emergency: the keys of a ring that may have leaked are replaced and dropped. Each step
//! begins with what is stored, so a command that was cut off goes on where it stopped.

use domain::emergency::Emergency;
use domain::time::Timestamp;

/// How far an emergency is after a step, and when the next step is due.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A new key was announced. It takes over at this instant.
    Announced(Timestamp),
    /// Nothing was changed: until this instant, an instance may not have the new key, or may still use
    /// an old one.
    Waiting(Timestamp),
    /// The new key is current. The old ones are dropped at this instant.
    Promoted(Timestamp),
    /// The old keys are dropped. Instances may have them cached until this instant.
    Dropped(Timestamp),
    /// Another operator changed the ring. Nothing was changed.
    Conflict,
}

/// When the keys `kids`, which are in the ring no more, were dropped; now if that isn't known.
pub(crate) fn dropped_at(latest: Option<&Emergency>, kids: &[String], now: Timestamp) -> Timestamp {
    let latest = latest.filter(|latest| latest.kids() == kids);
    latest.and_then(Emergency::dropped_at).unwrap_or(now)
}
