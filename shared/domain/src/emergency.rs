//! The emergency of a key ring: keys that may have leaked are replaced and dropped at once.
//!
//! The ring stores which keys these are, so that an operator's command that was cut off goes on where
//! it stopped, and doesn't replace the new key, too.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The keys to drop, and when they were dropped. Functions don't read it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Emergency {
    kids: Vec<String>,
    /// Milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    dropped_at: Option<i64>,
}

impl Emergency {
    /// The emergency of these keys, of which none is dropped yet.
    pub fn of(kids: &[String]) -> Self {
        Self { kids: kids.to_vec(), dropped_at: None }
    }

    /// The ids of the keys.
    pub fn kids(&self) -> &[String] {
        &self.kids
    }

    /// When the last of the keys was dropped.
    pub fn dropped_at(&self) -> Option<Timestamp> {
        self.dropped_at.map(Timestamp::from_millis)
    }

    /// The same emergency, over since `now`.
    #[must_use]
    pub fn dropped(self, now: Timestamp) -> Self {
        Self { dropped_at: Some(now.millis()), ..self }
    }
}
