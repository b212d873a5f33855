//! The record of one key: its id and state, never the key itself.

use serde::Serialize;

use crate::output::{Record, some};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    pub(super) secret: &'static str,
    pub(super) kid: String,
    pub(super) state: &'static str,
    pub(super) since: Option<String>,
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("secret", self.secret.to_owned()),
            ("key id", self.kid.clone()),
            ("state", self.state.to_owned()),
            ("since", some(self.since.as_ref())),
        ]
    }
}
