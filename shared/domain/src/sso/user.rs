//! A user of the identity provider.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::NumericId;
use crate::identifier::{Email, Identifier, InvalidIdentifier};
use crate::password::PasswordHash;
use crate::time::Timestamp;

/// One user, as stored. What groups and profiles allow is for the services to decide that ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Unique; services compare it with the `client_id` that the user sends them.
    pub id: NumericId,
    /// Shown to people.
    pub name: String,
    /// What the user signs in with.
    pub email: RegisteredEmail,
    /// What a password is compared with, if the user has one.
    pub password: Option<PasswordHash>,
    /// Refused everywhere unless set.
    pub is_active: bool,
    /// Refused everywhere unless set.
    pub activated: bool,
    /// When that was, if it is known.
    pub activated_at: Option<Timestamp>,
    /// The latest sign-in.
    pub last_login: Option<Timestamp>,
    /// When the account came to be.
    pub created_at: Timestamp,
    /// When the account itself was changed last; see [`User::updated_at`].
    pub changed_at: Timestamp,
    /// Refused everywhere once set.
    pub deleted_at: Option<Timestamp>,
    /// E.g. `MCI Admin`.
    pub groups: Vec<String>,
    /// In which capacities.
    pub profiles: Vec<Profile>,
    /// Tokens issued at or before this instant are refused.
    pub sessions_valid_after: Option<Timestamp>,
}

impl User {
    /// Whether the account may be used at all.
    pub fn is_in_good_standing(&self) -> bool {
        self.is_active && self.activated && self.deleted_at.is_none()
    }

    /// Whether a token that was issued at `issued_at` is good for this user.
    pub fn admits(&self, issued_at: Timestamp) -> bool {
        self.is_in_good_standing()
            && self.sessions_valid_after.is_none_or(|bound| issued_at > bound)
    }

    /// A sign-in updates a user, too (contract: `last_login` and `updated_at` are set by it). Told
    /// from two instants instead of stored as one, so that neither write has to heed the other.
    pub fn updated_at(&self) -> Timestamp {
        self.last_login.map_or(self.changed_at, |last_login| last_login.max(self.changed_at))
    }
}

/// An address as it was registered: services compare it to the letter, sign-ins don't.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegisteredEmail {
    text: String,
    email: Email,
}

impl RegisteredEmail {
    /// Keeps the text.
    ///
    /// # Errors
    /// [`InvalidIdentifier::Email`], also for white space around the address.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidIdentifier> {
        let text = text.into();
        let email = Email::parse(&text)?;
        if text.trim() == text { Ok(Self { text, email }) } else { Err(InvalidIdentifier::Email) }
    }

    /// As it was registered.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What a sign-in finds the user by.
    pub fn identifier(&self) -> Identifier {
        Identifier::Email(self.email.clone())
    }
}

impl fmt::Debug for RegisteredEmail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RegisteredEmail(redacted)")
    }
}

impl TryFrom<String> for RegisteredEmail {
    type Error = InvalidIdentifier;

    fn try_from(text: String) -> Result<Self, InvalidIdentifier> {
        Self::parse(text)
    }
}

impl From<RegisteredEmail> for String {
    fn from(email: RegisteredEmail) -> Self {
        email.text
    }
}

/// One capacity of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Which.
    #[serde(rename = "type")]
    pub kind: ProfileKind,
    /// Whom or what it stands for, in the registry of its kind.
    pub id: String,
    /// Codes of the places that it covers: each stands for everything whose code begins with it.
    pub catchment: Vec<String>,
}

/// The capacities that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProfileKind {
    /// Cares for patients.
    Provider,
    /// Administers the patient index.
    Admin,
    /// A place of care.
    Facility,
    /// Is cared for.
    Patient,
}

impl ProfileKind {
    /// Its name, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Admin => "admin",
            Self::Facility => "facility",
            Self::Patient => "patient",
        }
    }

    /// The capacity of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Provider, Self::Admin, Self::Facility, Self::Patient]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_as_registered_and_found_however_it_is_spelt() {
        let registered = RegisteredEmail::parse("Dr.XYZ@Example.com").unwrap();
        assert_eq!(registered.as_str(), "Dr.XYZ@Example.com");
        let spelt = Email::parse(" dr.xyz@example.COM ").unwrap();
        assert_eq!(registered.identifier(), Identifier::Email(spelt));
        assert!(!format!("{registered:?}").contains("XYZ"));
        for text in ["", "xyz", " xyz@example.com", "xyz@example.com\n"] {
            assert_eq!(RegisteredEmail::parse(text), Err(InvalidIdentifier::Email), "{text:?}");
        }
    }

    fn user() -> User {
        let at = Timestamp::from_seconds;
        User {
            id: NumericId::parse("6").unwrap(),
            name: "Dr. X Y Z".into(),
            email: RegisteredEmail::parse("xyz@example.com").unwrap(),
            password: None,
            is_active: true,
            activated: true,
            activated_at: None,
            last_login: Some(at(1_421_747_578)),
            created_at: at(1_409_837_174),
            changed_at: at(1_409_837_174),
            deleted_at: None,
            groups: Vec::new(),
            profiles: Vec::new(),
            sessions_valid_after: None,
        }
    }

    #[test]
    fn the_latest_update_is_the_later_of_sign_in_and_change() {
        assert_eq!(user().updated_at(), Timestamp::from_seconds(1_421_747_578));
        let changed = Timestamp::from_seconds(1_421_747_579);
        let user = User { changed_at: changed, ..user() };
        assert_eq!(user.updated_at(), changed);
    }

    #[test]
    fn an_inactive_not_activated_or_deleted_user_is_refused() {
        let at = Timestamp::from_millis;
        assert!(user().admits(at(1)));
        assert!(!User { is_active: false, ..user() }.admits(at(1)));
        assert!(!User { activated: false, ..user() }.admits(at(1)));
        assert!(!User { deleted_at: Some(at(0)), ..user() }.admits(at(1)));
        let signed_out = User { sessions_valid_after: Some(at(1)), ..user() };
        assert!(!signed_out.admits(at(1)) && signed_out.admits(at(2)));
    }
}
