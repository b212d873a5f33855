//! The identifiers that users sign in with, and the keyed digest under which they are stored.
//!
//! Keys of items never contain an address or a phone number; they contain an [`Identity`].

use std::fmt;

use crate::id::OrganizationId;
use crate::key::KeyBytes;
use crate::{encoding, mac};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// RFC 5321 §4.5.3.1.3: a path has at most 256 octets, angle brackets included.
const MAX_EMAIL_BYTES: usize = 254;

/// Enough for any email address (64 octets, `@`, 255 octets): most user names are one.
const MAX_USERNAME_CHARACTERS: usize = 320;

/// The text is not an identifier of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIdentifier {
    /// Not one `@` between two non-empty parts, too long, or with white space or control characters.
    #[error("not an email address")]
    Email,
    /// Not `+`, a digit other than zero, and 1 to 14 further digits (ITU-T E.164).
    #[error("not an E.164 phone number")]
    Phone,
    /// Blank, or longer than 320 characters.
    #[error("not a user name")]
    Username,
}

/// An email address: trimmed, lower-cased, composed (NFC).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// Normalises and checks an address. The rules are loose on purpose: only delivery proves an
    /// address.
    pub fn parse(text: &str) -> Result<Self, InvalidIdentifier> {
        // Keyboards compose letters differently; the address is the same.
        let composed: String = text.nfc().collect();
        let email: String = composed.trim().to_lowercase().nfc().collect();
        let unsafe_character = |char: char| char.is_control() || char.is_whitespace();
        let parts: Vec<&str> = email.split('@').collect();
        let valid = email.len() <= MAX_EMAIL_BYTES
            && matches!(parts[..], [local, domain] if !local.is_empty() && !domain.is_empty())
            && !email.contains(unsafe_character);
        if valid { Ok(Self(email)) } else { Err(InvalidIdentifier::Email) }
    }

    /// The normalised address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A phone number in E.164 form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

impl Phone {
    /// Accepts `^\+[1-9][0-9]{1,14}$`, nothing else.
    pub fn parse(text: &str) -> Result<Self, InvalidIdentifier> {
        let digits = text.strip_prefix('+').unwrap_or_default();
        let valid = (2..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidIdentifier::Phone) }
    }

    /// The number, with its `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A user name: composed (NFC), trimmed and lower-cased.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Username(String);

impl Username {
    /// Accepts any text: each organization has its own rule for user names. Different Unicode
    /// spellings of a name give the same user name.
    pub fn parse(text: &str) -> Result<Self, InvalidIdentifier> {
        let composed: String = text.nfc().collect();
        // Lower-casing may give several characters, which may compose with the next one.
        let username: String = composed.trim().to_lowercase().nfc().collect();
        let valid = (1..=MAX_USERNAME_CHARACTERS).contains(&username.chars().count());
        if valid { Ok(Self(username)) } else { Err(InvalidIdentifier::Username) }
    }

    /// The normalised name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Personal data: the debug output of these types is redacted.
macro_rules! personal {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidIdentifier;

            fn try_from(text: String) -> Result<Self, InvalidIdentifier> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

personal!(Email);
personal!(Phone);
personal!(Username);

/// What a user signs in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identifier {
    /// An email address.
    Email(Email),
    /// A phone number.
    Phone(Phone),
    /// A user name.
    Username(Username),
}

impl Identifier {
    fn kind(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::Phone(_) => "phone",
            Self::Username(_) => "username",
        }
    }

    /// The kind of identifier, in the words of operators' messages.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Email(_) => "email address",
            Self::Phone(_) => "phone number",
            Self::Username(_) => "user name",
        }
    }

    fn normalised(&self) -> &str {
        match self {
            Self::Email(email) => email.as_str(),
            Self::Phone(phone) => phone.as_str(),
            Self::Username(username) => username.as_str(),
        }
    }
}

/// base64url(HMAC-SHA256(identifier key, organization ‖ 0x1f ‖ kind ‖ 0x1f ‖ identifier)):
/// 43 characters. Without the key, nobody can reverse it or compute it from a list of addresses.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity(String);

impl Identity {
    /// The identity of an identifier within an organization.
    pub fn of(key: &KeyBytes, organization: &OrganizationId, identifier: &Identifier) -> Self {
        let (kind, normalised) = (identifier.kind(), identifier.normalised());
        let named = [organization.as_str(), kind, normalised].join("\u{1f}");
        Self(encoding::base64url(&mac::sha256(key, &[named.as_bytes()])))
    }

    /// An identity from an item, e.g. a part of a key that the stream delivers.
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text that is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Identity(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_trimmed_and_lower_cased() {
        let email = Email::parse("  Patient@Example.COM\n");
        assert_eq!(email.as_ref().map(Email::as_str), Ok("patient@example.com"));
        assert_eq!(Email::parse("JOSE\u{301}@example.com"), Email::parse("jos\u{e9}@example.com"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let overlong = format!("{}@example.com", "a".repeat(250));
        let refused = [
            "",
            " ",
            "a",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "a b@c",
            "a@b\u{0}c",
            "a@b\r\nbcc:x",
            &overlong,
        ];
        for text in refused {
            assert_eq!(Email::parse(text), Err(InvalidIdentifier::Email), "{text:?}");
        }
    }

    #[test]
    fn only_e_164_is_a_phone_number() {
        assert!(Phone::parse("+15551234567").is_ok());
        let refused = [
            "",
            "+",
            "+0",
            "+01555",
            "15551234567",
            "+1 555",
            "+1",
            "+1234567890123456",
            "+１５５",
        ];
        for text in refused {
            assert_eq!(Phone::parse(text), Err(InvalidIdentifier::Phone), "{text:?}");
        }
    }

    #[test]
    fn one_user_name_is_one_however_it_is_spelt() {
        let spellings = ["José", "JOSÉ", "Jose\u{301}", "  josé\n", "\u{a0}JOSE\u{301}\u{2003}"];
        for spelling in spellings {
            let username = Username::parse(spelling);
            assert_eq!(username.as_ref().map(Username::as_str), Ok("josé"), "{spelling:?}");
        }
        // U+212A KELVIN SIGN composes to a plain K.
        let kelvin = Username::parse("\u{212a}elvin");
        assert_eq!(kelvin.as_ref().map(Username::as_str), Ok("kelvin"));
        // Look-alikes stay apart: a Cyrillic а is no Latin a.
        assert_ne!(Username::parse("\u{430}nna"), Username::parse("anna"));
    }

    #[test]
    fn a_user_name_has_1_to_320_characters_once_it_is_composed() {
        let decomposed = "e\u{301}".repeat(320);
        assert!(Username::parse(&decomposed).is_ok());
        assert!(Username::parse(&format!(" {} ", "x".repeat(320))).is_ok());
        for text in ["", " \t\u{a0}", &"x".repeat(321), &"\u{1d11e}".repeat(321)] {
            assert_eq!(Username::parse(text), Err(InvalidIdentifier::Username), "{text:?}");
        }
    }

    #[test]
    fn no_identifier_is_printed() -> Result<(), InvalidIdentifier> {
        let email = Identifier::Email(Email::parse("patient@example.com")?);
        let username = Identifier::Username(Username::parse("patient")?);
        let printed = format!("{email:?} {username:?}");
        assert!(!printed.contains("patient"), "{printed}");
        Ok(())
    }

    proptest! {
        #[test]
        fn normalising_twice_is_normalising_once(text in "\\PC{1,20}@\\PC{1,20}") {
            if let Ok(once) = Email::parse(&text) {
                let twice = Email::parse(once.as_str());
                prop_assert_eq!(twice, Ok(once));
            }
        }

        #[test]
        fn a_normalised_user_name_stays_as_it_is(text in any::<String>()) {
            if let Ok(once) = Username::parse(&text) {
                let twice = Username::parse(once.as_str());
                prop_assert_eq!(twice, Ok(once));
            }
        }

        #[test]
        fn parsing_never_panics(text in any::<String>()) {
            let _ = (Email::parse(&text), Phone::parse(&text), Username::parse(&text));
        }
    }
}
