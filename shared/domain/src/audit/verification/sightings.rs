//! The lines that were read, so that one that a record gave twice counts once.

use std::collections::{BTreeMap, HashSet};

use super::key::Key;

/// A stream keeps a record for 24 hours, so the same line comes again within them. The rest is for
/// clocks and for the hour that has begun.
const HOURS: usize = 30;

/// The keys of lines, by the hours of their changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sightings(pub(super) BTreeMap<String, HashSet<Key>>);

/// Whether a line was read before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sighting {
    First,
    Again,
    /// The change is older than a stream keeps records: no recorder can have written the line now.
    TooLate,
}

impl Sightings {
    pub(super) fn see(&mut self, hour: &str, line: Key) -> Sighting {
        if let Some(lines) = self.0.get_mut(hour) {
            return if lines.insert(line) { Sighting::First } else { Sighting::Again };
        }
        // Lines about records that could not be read have no time, and are few.
        let mut timed = self.0.keys().filter(|hour| !hour.is_empty());
        if !hour.is_empty() && timed.clone().count() >= HOURS {
            let Some(oldest) = timed.next().cloned() else { return Sighting::First };
            if hour < oldest.as_str() {
                // Remembered for good, among those without a time, or a second reading would count it twice.
                let is_new = self.0.entry(String::new()).or_default().insert(line);
                return if is_new { Sighting::TooLate } else { Sighting::Again };
            }
            self.0.remove(&oldest);
        }
        self.0.entry(hour.to_owned()).or_default().insert(line);
        Sighting::First
    }
}
