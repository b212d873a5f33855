//! Ids of organizations, users, writes and so on. Each can be a part of a composed key.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha3::{Digest as _, Sha3_512};

use crate::request_id::RequestId;
use crate::text::{self, Invisible};
use crate::{encoding, entropy};

const MAX_LENGTH: usize = 64;

/// The realm of the identity provider. In keys of items it takes the place of an organization's id, so
/// no organization can have this id.
const SSO: &str = "sso";

/// The text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// It is empty, longer than 64 characters, has a character outside `[A-Za-z0-9._-]`, or is reserved.
    #[error("an id has 1 to 64 characters of A-Z, a-z, 0-9, '.', '_' and '-', and is not reserved")]
    Text,
    /// An invisible character stands inside.
    #[error(transparent)]
    Invisible(#[from] Invisible),
}

/// Ids that a client or an operator chooses. They are parsed before they become a part of a key: with
/// a `#` in its id, one organization could name the items of another.
macro_rules! given_id {
    ($(#[$doc:meta])* $name:ident $(, reserved: $reserved:expr, spelt: $spelt:path)?) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Accepts 1 to 64 characters of `[A-Za-z0-9._-]`, unless they are reserved, with white
            /// space and invisible characters around them.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let text = text::visible(text)?;
                let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
                let valid = (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(allowed);
                $(let valid = valid && text != $reserved;)?
                let spelt = text.to_owned();
                $(let spelt = $spelt(&spelt);)?
                valid.then_some(Self(spelt)).ok_or(InvalidId::Text)
            }

            /// The text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The id to look up for a caller's text. An invalid text gives an id that doesn't exist,
            /// so that the caller's request takes the same steps as with a valid one.
            pub fn for_lookup(text: &str) -> Self {
                Self::parse(text).unwrap_or_else(|_| {
                    let digest = Sha3_512::digest(text.as_bytes());
                    Self(encoding::base64url(&digest[..32]))
                })
            }

            /// A random UUID (version 4, RFC 9562 §5.4).
            pub fn random() -> Self {
                Self(uuid_v4(entropy::bytes()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

given_id!(
    /// An organization, unique in the deployment. If it is a UUID, letter case doesn't count.
    OrganizationId, reserved: SSO, spelt: lower_case_uuid
);
given_id!(
    /// A user, unique within one organization.
    UserId
);

given_id!(
    /// An API of the password surface, e.g. `patient`: the first segment of its paths, and the audience
    /// of its tokens.
    ApiName
);

given_id!(
    /// A client of the identity provider. If a user represents the client, both have the same id.
    ClientId
);

given_id!(
    /// A practice-management partner: a system that acts for many organizations.
    PartnerId
);

impl OrganizationId {
    /// The realm of the identity provider, which keys of items have in place of an organization.
    pub fn sso() -> Self {
        Self(SSO.to_owned())
    }
}

/// The id of the user who represents a client, if there is such a user (identity provider's contract:
/// the client id is that of the user representing the organization).
impl From<ClientId> for UserId {
    fn from(id: ClientId) -> Self {
        Self(id.0)
    }
}

/// A user of the identity provider: a number from 1 to 2⁵³ − 1, which every JSON parser reads exactly
/// (RFC 8259 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct NumericId(u64);

/// The number is not between 1 and 2⁵³ − 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is a whole number from 1 to 9007199254740991")]
pub struct InvalidNumericId;

impl NumericId {
    const MAX: u64 = (1 << 53) - 1;

    /// Reads the decimal form, which keys of items have, with white space and invisible characters
    /// around it.
    pub fn parse(text: &str) -> Result<Self, InvalidNumericId> {
        let id = text::trim(text).parse::<u64>().map_err(|_| InvalidNumericId)?;
        Self::try_from(id)
    }
}

impl TryFrom<u64> for NumericId {
    type Error = InvalidNumericId;

    fn try_from(id: u64) -> Result<Self, InvalidNumericId> {
        if (1..=Self::MAX).contains(&id) { Ok(Self(id)) } else { Err(InvalidNumericId) }
    }
}

impl From<NumericId> for u64 {
    fn from(id: NumericId) -> Self {
        id.0
    }
}

/// In decimal, as in keys of items.
impl From<NumericId> for UserId {
    fn from(id: NumericId) -> Self {
        Self(id.0.to_string())
    }
}

impl fmt::Display for NumericId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Ids that we generate: 128 random bits, so that no two writes ever have the same id.
macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Generates an id of 128 random bits.
            pub fn random() -> Self {
                Self(encoding::base64url(&entropy::bytes::<16>()))
            }

            /// An id from an item.
            pub fn stored(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text that is stored.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

random_id!(
    /// One challenge, i.e. one code. Not secret: without the OTP key it doesn't give the code away.
    OtpId
);
random_id!(
    /// One delivery of a challenge. A new one makes the stream send the code again.
    SendId
);
random_id!(
    /// One attempt or one write. A retry has the same nonce, so it counts once.
    Nonce
);
random_id!(
    /// One family of refresh tokens: a sign-in and all rotations that follow from it.
    FamilyId
);

random_id!(
    /// One access token of the password surface (`jti`, RFC 7519 §4.1.7), for audit.
    TokenId
);

random_id!(
    /// One connection of an organization to a partner. Each new connection gets a new id.
    ConnectionId
);
random_id!(
    /// One try to mark an organization as integrated.
    IntegrationId
);

impl Nonce {
    /// The nonce of an attempt at a code, `<random>.<request id>`: an attempt leaves nothing else in the
    /// item by which the audit trail could name its request.
    pub fn of_request(request_id: &RequestId) -> Self {
        Self(format!("{}.{request_id}", Self::random().0))
    }

    /// The request in the nonce of an attempt; `None` in another nonce.
    pub fn request_id(&self) -> Option<RequestId> {
        let (_, request_id) = self.0.split_once('.')?;
        RequestId::parse(request_id).ok()
    }

    /// A nonce of 48 random bits, for a counter of a few hundred attempts: a shorter item costs less to
    /// write. If two attempts had the same nonce, they would count once; of 200 attempts in a window,
    /// that happens to one pair in fourteen billion windows.
    pub fn short() -> Self {
        Self(encoding::base64url(&entropy::bytes::<6>()))
    }
}

/// The text, in lower case if it is a UUID: its letters are hexadecimal digits, which are read in either
/// case and written in lower case (RFC 9562 §4).
fn lower_case_uuid(text: &str) -> String {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let groups = text.split('-');
    let is_hexadecimal = text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    let is_uuid = is_hexadecimal && groups.map(str::len).eq(GROUPS);
    if is_uuid { text.to_ascii_lowercase() } else { text.to_owned() }
}

fn uuid_v4(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_nonce_of_an_attempt_names_its_request() {
        let request_id = RequestId::parse("JKJaXmPLvHcESHA=.1").unwrap();
        let (one, other) = (Nonce::of_request(&request_id), Nonce::of_request(&request_id));
        assert_ne!(one, other);
        assert_eq!(one.request_id(), Some(request_id));
        assert_eq!(Nonce::random().request_id(), None);
    }

    #[test]
    fn ids_that_could_spell_another_key_are_refused() {
        for text in ["", "a#b", "a b", "a\u{0}", "ä", "a/b", &"x".repeat(65)] {
            assert_eq!(OrganizationId::parse(text), Err(InvalidId::Text), "{text:?}");
        }
        assert!(OrganizationId::parse("appgen_demo").is_ok());
        assert!(OrganizationId::parse(&"x".repeat(64)).is_ok());
    }

    #[test]
    fn invisible_characters_are_trimmed_around_an_id_and_named_inside() {
        for char in text::tests::invisible_characters() {
            let around = format!("{char}\t{char}clinic-1{char} ");
            assert_eq!(UserId::parse(&around).map(String::from).as_deref(), Ok("clinic-1"));
            assert_eq!(NumericId::parse(&format!("{char} 6{char}")), NumericId::try_from(6));
            assert_eq!(NumericId::parse(&format!("6{char}6")), Err(InvalidNumericId));
            assert_eq!(OrganizationId::for_lookup(&around).as_str(), "clinic-1", "{char:?}");
            let inside = UserId::parse(&format!("clinic{char}-1"));
            assert_eq!(inside, Err(InvalidId::Invisible(Invisible(char))), "{char:?}");
        }
        assert_eq!(OrganizationId::parse("\u{200b}sso"), Err(InvalidId::Text));
    }

    #[test]
    fn an_organizations_uuid_is_one_id_in_any_letter_case() {
        let id = "2f1c9e4a-0bcd-4def-8abc-0123456789ab";
        let mixed = "2F1c9E4a-0bCD-4dEF-8aBc-0123456789aB";
        for spelling in [id, mixed, &id.to_uppercase()] {
            assert_eq!(OrganizationId::parse(spelling).unwrap().as_str(), id);
            assert_eq!(OrganizationId::for_lookup(spelling).as_str(), id);
        }
        for other in [
            "Clinic",
            "2F1C9E4A0BCD4DEF8ABC0123456789AB",
            "2F1C9E4A-0BCD-4DEF-8ABC-0123456789AG",
            "2F1C9E4A-0BCD-4DEF-8ABC-0123456789A",
            "2F1C9E4A0-BCD-4DEF-8ABC-0123456789AB",
            "2F1C9E4A-0BCD-4DEF-8ABC-0123456789AB-",
        ] {
            assert_eq!(OrganizationId::parse(other).unwrap().as_str(), other, "not a UUID");
        }
    }

    #[test]
    fn an_invalid_text_gives_an_id_of_its_own_that_does_not_exist() {
        assert_eq!(OrganizationId::for_lookup("clinic").as_str(), "clinic");
        let (one, two) = (OrganizationId::for_lookup("a#b"), OrganizationId::for_lookup("a b"));
        assert_ne!(one, two);
        assert_eq!(one, OrganizationId::for_lookup("a#b"));
        assert_eq!(OrganizationId::parse(one.as_str()), Ok(one.clone()));
    }

    #[test]
    fn no_organization_is_the_realm_of_the_identity_provider() {
        assert_eq!(OrganizationId::parse("sso"), Err(InvalidId::Text));
        assert_ne!(OrganizationId::for_lookup("sso"), OrganizationId::sso());
        assert!(OrganizationId::parse("SSO").is_ok() && UserId::parse("sso").is_ok());
    }

    #[test]
    fn a_numeric_id_is_one_that_every_json_parser_reads_alike() {
        for text in ["", "0", "-1", "1.0", "9007199254740992", "18446744073709551616"] {
            assert_eq!(NumericId::parse(text), Err(InvalidNumericId), "{text}");
        }
        let id = NumericId::parse("9007199254740991").unwrap();
        assert_eq!(UserId::from(id).as_str(), "9007199254740991");
    }

    #[test]
    fn a_random_user_id_is_a_version_4_uuid() {
        let id = UserId::random();
        let text = id.as_str();
        assert_eq!(text.len(), 36);
        assert_eq!(&text[14..15], "4");
        assert!("89ab".contains(&text[19..20]));
        assert_ne!(id, UserId::random());
        assert_eq!(UserId::parse(text), Ok(id.clone()));
    }

    proptest! {
        #[test]
        fn parsing_keeps_the_text(text in "[A-Za-z0-9._-]{1,64}") {
            prop_assert_eq!(UserId::parse(&text).map(String::from), Ok(text));
        }
    }
}
