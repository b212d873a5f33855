//! The record of an unlock, for users of organizations and of the identity provider.

use domain::time::Timestamp;
use registry::Unlocked;
use serde::Serialize;

use crate::output::{Record, some};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct View {
    /// `None` for an identifier that no user has.
    pub(crate) user_id: Option<String>,
    /// Sends of the day that were cleared.
    sends: usize,
    /// Wrong passwords of the quarter of an hour that were cleared.
    passwords: usize,
    unlocked_at: String,
}

impl View {
    pub(crate) fn new(user_id: Option<String>, unlocked: Unlocked, now: Timestamp) -> Self {
        let Unlocked { sends, passwords } = unlocked;
        Self { user_id, sends, passwords, unlocked_at: now.to_string() }
    }
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("user", some(self.user_id.as_ref())),
            ("sends cleared", self.sends.to_string()),
            ("passwords cleared", self.passwords.to_string()),
            ("unlocked", self.unlocked_at.clone()),
        ]
    }
}
