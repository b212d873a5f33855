//! The record of a user.

use domain::sso::{Extra, Profile, User};
use serde::Serialize;

use crate::output::{Record, some, yes_no};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    id: String,
    name: String,
    email: String,
    state: &'static str,
    has_password: bool,
    groups: Vec<String>,
    profiles: Vec<Profile>,
    extra: Extra,
    last_login: Option<String>,
    created_at: String,
    updated_at: String,
    sessions_valid_after: Option<String>,
}

impl From<User> for View {
    fn from(user: User) -> Self {
        let state = match &user {
            user if user.deleted_at.is_some() => "deleted",
            user if !user.is_active => "disabled",
            user if !user.activated => "not activated",
            _ => "active",
        };
        Self {
            id: user.id.to_string(),
            email: user.email.as_str().to_owned(),
            state,
            has_password: user.password.is_some(),
            last_login: user.last_login.map(|at| at.to_string()),
            created_at: user.created_at.to_string(),
            updated_at: user.updated_at().to_string(),
            sessions_valid_after: user.sessions_valid_after.map(|at| at.to_string()),
            name: user.name,
            groups: user.groups,
            profiles: user.profiles,
            extra: user.extra,
        }
    }
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        let profiles = self.profiles.iter();
        let profiles: Vec<_> =
            profiles.map(|it| format!("{} {}", it.kind.as_str(), it.id)).collect();
        vec![
            ("id", self.id.clone()),
            ("name", self.name.clone()),
            ("email", self.email.clone()),
            ("state", self.state.to_owned()),
            ("password", yes_no(self.has_password)),
            ("groups", self.groups.join(", ")),
            ("profiles", profiles.join(", ")),
            ("last login", some(self.last_login.as_ref())),
            ("created", self.created_at.clone()),
            ("updated", self.updated_at.clone()),
            ("tokens valid after", some(self.sessions_valid_after.as_ref())),
        ]
    }
}

/// A row of the list, which has fewer columns, so that it fits a terminal.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Row(pub(super) View);

impl Record for Row {
    fn cells(&self) -> Vec<(&'static str, String)> {
        let mut cells = self.0.cells();
        cells.retain(|(name, _)| ["id", "name", "email", "state", "groups"].contains(name));
        cells
    }
}
