//! Users of the identity provider.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fence;
use crate::id::NumericId;
use crate::identifier::{Email, Identifier, InvalidIdentifier};
use crate::password::PasswordHash;
use crate::text;
use crate::time::Timestamp;

/// One user, as stored. The services that ask decide what groups and profiles allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Unique. Services compare it with the `client_id` that the user sends them.
    pub id: NumericId,
    /// The name that services show.
    pub name: String,
    /// The user signs in with this address.
    pub email: RegisteredEmail,
    /// The hash of the user's password, if the user has one.
    pub password: Option<PasswordHash>,
    /// The user is refused everywhere unless this is set.
    pub is_active: bool,
    /// The user is refused everywhere unless this is set.
    pub activated: bool,
    /// When the account was activated, if known.
    pub activated_at: Option<Timestamp>,
    /// The latest sign-in.
    pub last_login: Option<Timestamp>,
    /// When the account was created.
    pub created_at: Timestamp,
    /// When an operator last changed the account; see [`User::updated_at`].
    pub changed_at: Timestamp,
    /// The user is refused everywhere once this is set.
    pub deleted_at: Option<Timestamp>,
    /// E.g. `MCI Admin`.
    pub groups: Vec<String>,
    /// The roles in which the user acts.
    pub profiles: Vec<Profile>,
    /// Further attributes.
    pub extra: Extra,
    /// Tokens issued at or before this instant are refused.
    pub sessions_valid_after: Option<Timestamp>,
}

impl User {
    /// Whether the account is active, activated and not deleted.
    pub fn is_enabled(&self) -> bool {
        self.is_active && self.activated && self.deleted_at.is_none()
    }

    /// Whether the user may use a token that was issued at `issued_at`.
    pub fn admits(&self, issued_at: Timestamp) -> bool {
        self.is_enabled() && fence::admits(self.sessions_valid_after, issued_at)
    }

    /// When the user was last updated; a sign-in is an update, too (contract: it sets `last_login` and
    /// `updated_at`). Computed from two stored instants, so that the two kinds of writes don't conflict.
    pub fn updated_at(&self) -> Timestamp {
        self.last_login.map_or(self.changed_at, |last_login| last_login.max(self.changed_at))
    }
}

/// An email address as it was registered. Services compare it letter by letter; a sign-in compares the
/// normalised address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegisteredEmail {
    text: String,
    email: Email,
}

impl RegisteredEmail {
    /// Accepts an address, and removes white space and invisible characters around it.
    pub fn parse(text: &str) -> Result<Self, InvalidIdentifier> {
        let email = Email::parse(text)?;
        Ok(Self { text: text::trim(text).to_owned(), email })
    }

    /// The address as it was registered.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The normalised address, by which a sign-in finds the user.
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
        Self::parse(&text)
    }
}

impl From<RegisteredEmail> for String {
    fn from(email: RegisteredEmail) -> Self {
        email.text
    }
}

/// One role in which a user acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The kind of role.
    #[serde(rename = "type")]
    pub kind: ProfileKind,
    /// The id of the provider, facility or patient, in the registry of its kind.
    pub id: String,
    /// Codes of the places that the profile covers. A code covers every place whose code begins with it.
    /// `None` covers no place, as an empty list does; published services read either.
    pub catchment: Option<Vec<String>>,
}

/// The kind of a profile: `provider`, `admin`, `facility` or `patient` in the contract, other words in
/// practice, such as `mci-supervisor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProfileKind(String);

/// The text is not a word of 1 to 64 characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a profile's type is a word of 1 to 64 characters")]
pub struct InvalidProfileKind;

impl ProfileKind {
    /// Accepts 1 to 64 characters, none of which is white space or a control character.
    pub fn parse(word: &str) -> Result<Self, InvalidProfileKind> {
        let is_odd = |char: char| char.is_whitespace() || char.is_control();
        let is_word = (1..=64).contains(&word.chars().count()) && !word.contains(is_odd);
        is_word.then(|| Self(word.to_owned())).ok_or(InvalidProfileKind)
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ProfileKind {
    type Error = InvalidProfileKind;

    fn try_from(word: String) -> Result<Self, InvalidProfileKind> {
        Self::parse(&word)
    }
}

impl From<ProfileKind> for String {
    fn from(kind: ProfileKind) -> Self {
        kind.0
    }
}

/// Further attributes of a user, which are passed on in user info as they are: integrators need, for
/// example, `facility_id`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct Extra(Map<String, Value>);

/// An attribute has the name of a field of user info, or all of them are longer than 4096 bytes of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("extra attributes have other names than the fields of user info, and 4096 bytes at most")]
pub struct InvalidExtra;

impl Extra {
    const MAX_BYTES: usize = 4096;

    /// The fields of user info.
    const TAKEN: [&str; 13] = [
        "id",
        "name",
        "email",
        "is_active",
        "activated",
        "activated_at",
        "last_login",
        "access_token",
        "created_at",
        "updated_at",
        "deleted_at",
        "groups",
        "profiles",
    ];

    /// Reads the text that is stored. The error doesn't quote it.
    pub fn parse(text: &str) -> Result<Self, InvalidExtra> {
        serde_json::from_str(text).map_err(|_| InvalidExtra)
    }

    /// The text to store: no expression of ours looks into it.
    pub fn text(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// Whether there is no attribute.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<Map<String, Value>> for Extra {
    type Error = InvalidExtra;

    fn try_from(attributes: Map<String, Value>) -> Result<Self, InvalidExtra> {
        let is_taken = attributes.keys().any(|name| Self::TAKEN.contains(&name.as_str()));
        let extra = Self(attributes);
        let is_long = serde_json::to_vec(&extra.0).is_ok_and(|json| json.len() > Self::MAX_BYTES);
        if is_taken || is_long { Err(InvalidExtra) } else { Ok(extra) }
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
        for text in ["", "xyz", "x\u{200b}yz@example.com"] {
            assert!(RegisteredEmail::parse(text).is_err(), "{text:?}");
        }
        let trimmed = RegisteredEmail::parse("\u{feff} Xyz@example.com\n").unwrap();
        assert_eq!(trimmed.as_str(), "Xyz@example.com");
    }

    #[test]
    fn a_profiles_type_is_any_word() {
        for word in ["provider", "admin", "facility", "patient", "mci-supervisor", "Ärztin", "x"] {
            assert_eq!(ProfileKind::parse(word).unwrap().as_str(), word);
        }
        for text in ["", " ", "two words", "a\n", "\u{9b}", &"x".repeat(65)] {
            assert_eq!(ProfileKind::parse(text), Err(InvalidProfileKind), "{text:?}");
        }
    }

    #[test]
    fn extra_attributes_can_not_stand_for_a_field() {
        let extra = |json: &str| serde_json::from_str::<Extra>(json);
        let kept = r#"{"facility_id":"10000069","posts":[{"id":1}],"x":null}"#;
        assert_eq!(serde_json::to_string(&extra(kept).unwrap()).unwrap(), kept);
        assert!(extra("{}").unwrap().is_empty());
        for name in [
            "id",
            "name",
            "email",
            "is_active",
            "activated",
            "activated_at",
            "last_login",
            "access_token",
            "created_at",
            "updated_at",
            "deleted_at",
            "groups",
            "profiles",
        ] {
            assert!(extra(&format!(r#"{{"{name}":1}}"#)).is_err(), "{name}");
        }
        assert!(extra(&format!(r#"{{"a":"{}"}}"#, "x".repeat(4096))).is_err());
        assert!(extra("[]").is_err());
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
            extra: Extra::default(),
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
