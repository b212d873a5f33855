//! The identity provider: clients and users. All of them share one realm on purpose: one service asks
//! about users whom another service has signed in.

mod user;

use crate::credential::Credentials;
use crate::id::ClientId;
use serde::{Deserialize, Serialize};

pub use user::{
    Extra, InvalidExtra, InvalidProfileKind, Profile, ProfileKind, RegisteredEmail, User,
};

/// A system that signs users in or asks about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The value of the client's header `client_id`.
    pub id: ClientId,
    /// The client's long-lived API token, in two slots.
    pub credentials: Credentials,
    /// Whether the client may ask which user an access token belongs to.
    pub reads_user_info: bool,
    /// The form of user info that the client reads.
    pub user_info: UserInfoForm,
}

/// A form of user info.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserInfoForm {
    /// That of the contract.
    #[default]
    Documented,
    /// The one that the published services of the exchange read: `is_active` is a number, and a profile
    /// has its type as `name`, too.
    Published,
}

/// The text is not the name of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a form of user info is documented or published")]
pub struct UnknownForm;

impl UserInfoForm {
    /// The name of the form, in items and for operators.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Published => "published",
        }
    }

    /// Reads the name of a form.
    pub fn parse(name: &str) -> Result<Self, UnknownForm> {
        let forms = [Self::Documented, Self::Published];
        forms.into_iter().find(|form| form.as_str() == name).ok_or(UnknownForm)
    }
}
