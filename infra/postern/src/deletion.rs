//! What is left of something that was deleted, and until when.

use std::time::Duration;

use domain::time::Timestamp;
use registry::Deleted;
use serde::Serialize;

use crate::output::{Record, note};

/// How far back point-in-time recovery reaches (AWS's documentation of DynamoDB).
const BACKUPS: Duration = Duration::from_hours(24 * 35);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct View {
    id: String,
    deleted_at: String,
    /// From then on, no backup of the tables has it.
    backups_until: String,
    /// When the tombstone goes, too; `None` if it stays for ever.
    tombstone_until: Option<String>,
    /// How many users were deleted with an organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    users: Option<usize>,
}

impl View {
    pub(crate) fn new(id: &impl ToString, deleted: Deleted) -> Self {
        Self {
            id: id.to_string(),
            deleted_at: deleted.at.to_string(),
            backups_until: deleted.at.plus(BACKUPS).to_string(),
            tombstone_until: deleted.until.map(|until: Timestamp| until.to_string()),
            users: None,
        }
    }

    pub(crate) fn with_users(self, users: usize) -> Self {
        Self { users: Some(users), ..self }
    }
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        let mut cells = vec![
            ("id", self.id.clone()),
            ("deleted", self.deleted_at.clone()),
            ("in backups until", self.backups_until.clone()),
            ("tombstone until", self.tombstone_until.clone().unwrap_or("for ever".to_owned())),
        ];
        cells.extend(self.users.map(|users| ("users", users.to_string())));
        cells
    }
}

/// Says what else is left of persons.
pub(crate) fn note_rest() {
    note(
        "also left, none of it with an address, a number or a name: items of sessions with the user's id for 90 \
         days at most, codes and counters for a day; lines of the request log and of the audit trail with the \
         user's id, for as long as the stack stores them",
    );
}
