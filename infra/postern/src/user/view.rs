//! The record of a user.

use domain::id::UserId;
use domain::user::User;
use serde::Serialize;

use crate::output::{Record, some, yes_no};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    id: UserId,
    email: Option<String>,
    phone_number: Option<String>,
    username: Option<String>,
    role: String,
    access_role: String,
    locale: Option<String>,
    disabled: bool,
    has_password: bool,
    sessions_valid_after: Option<String>,
}

impl From<User> for View {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: user.email.map(String::from),
            phone_number: user.phone.map(String::from),
            username: user.username.map(String::from),
            role: user.role,
            access_role: user.access_role,
            locale: user.locale.map(String::from),
            disabled: user.disabled,
            has_password: user.password.is_some(),
            sessions_valid_after: user.sessions_valid_after.map(|at| at.to_string()),
        }
    }
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("id", self.id.to_string()),
            ("email", some(self.email.as_ref())),
            ("phone", some(self.phone_number.as_ref())),
            ("user name", some(self.username.as_ref())),
            ("role", self.role.clone()),
            ("access role", self.access_role.clone()),
            ("locale", some(self.locale.as_ref())),
            ("disabled", yes_no(self.disabled)),
            ("password", yes_no(self.has_password)),
            ("signed out", some(self.sessions_valid_after.as_ref())),
        ]
    }
}
