//! Identifiers of organizations, users and writes. All are safe inside a composed key.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha3::{Digest as _, Sha3_512};

use crate::{encoding, entropy};

const MAX_LENGTH: usize = 64;

/// The realm of the identity provider, where keys have an organization. No organization can have its
/// name: its users are nobody's tenant's.
const SSO: &str = "sso";

/// The text is empty, longer than 64 characters, has a character outside `[A-Za-z0-9._-]`, or is
/// reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id has 1 to 64 characters of A-Z, a-z, 0-9, '.', '_' and '-', and is not reserved")]
pub struct InvalidId;

/// Ids that somebody else may choose: parsed before they become part of a key, where a `#` would
/// let one tenant's id spell another's.
macro_rules! given_id {
    ($(#[$doc:meta])* $name:ident $(, reserved: $reserved:expr)?) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Accepts 1 to 64 characters of `[A-Za-z0-9._-]`, unless they are reserved.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
                let valid = (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(allowed);
                $(let valid = valid && text != $reserved;)?
                valid.then(|| Self(text.to_owned())).ok_or(InvalidId)
            }

            /// The id as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The id that a caller means. Text that can be nobody's id stands for an id that nobody
            /// has, so that looking it up is the same work as for any other.
            pub fn meant_by(text: &str) -> Self {
                Self::parse(text).unwrap_or_else(|_| {
                    let digest = Sha3_512::digest(text.as_bytes());
                    Self(encoding::base64url(&digest[..32]))
                })
            }

            /// A fresh random UUID (version 4, RFC 9562 §5.4).
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
    /// A tenant.
    OrganizationId, reserved: SSO
);
given_id!(
    /// A person within one organization.
    UserId
);

given_id!(
    /// An API of the password surface, e.g. `patient`: the first segment of its paths, the audience of
    /// its tokens.
    ApiName
);

given_id!(
    /// A client of the identity provider: the id of the user who represents it there, if there is one.
    ClientId
);

given_id!(
    /// A practice-management partner: one system that acts for many organizations.
    PartnerId
);

impl OrganizationId {
    /// What stands in keys where an organization would, for users of the identity provider.
    pub fn sso() -> Self {
        Self(SSO.to_owned())
    }
}

/// The user who represents a client, if there is one, has its id (identity provider's contract: the
/// client id is that of the user representing the organization).
impl From<ClientId> for UserId {
    fn from(id: ClientId) -> Self {
        Self(id.0)
    }
}

/// A user of the identity provider: a number above zero that a JSON parser can read exactly
/// (RFC 8259 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct NumericId(u64);

/// Zero, or beyond 2⁵³ − 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is a whole number from 1 to 9007199254740991")]
pub struct InvalidNumericId;

impl NumericId {
    const MAX: u64 = (1 << 53) - 1;

    /// Reads the decimal form in which it stands in keys.
    pub fn parse(text: &str) -> Result<Self, InvalidNumericId> {
        let id = text.parse::<u64>().map_err(|_| InvalidNumericId)?;
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

/// In decimal: the form in which it stands in keys.
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

/// Ids that we draw: 128 random bits, so that no two writes ever share a fingerprint.
macro_rules! drawn_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// A fresh one: 128 random bits.
            pub fn random() -> Self {
                Self(encoding::base64url(&entropy::bytes::<16>()))
            }

            /// One that was stored before.
            pub fn stored(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// Its text form, as stored.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

drawn_id!(
    /// One challenge, i.e. one code. Not secret: without the OTP key it says nothing about the code.
    OtpId
);
drawn_id!(
    /// One delivery of a challenge; a new one makes the stream send the code again.
    SendId
);
drawn_id!(
    /// One attempt; a retry of the same attempt carries the same nonce and so counts once.
    Nonce
);
drawn_id!(
    /// One family of refresh tokens: a sign-in and all rotations that follow from it.
    FamilyId
);

drawn_id!(
    /// One access token of the password surface (`jti`, RFC 7519 §4.1.7), for audit.
    TokenId
);

drawn_id!(
    /// One connection of an organization to a partner; connecting anew draws another.
    ConnectionId
);
drawn_id!(
    /// One attempt to mark an organization as integrated.
    IntegrationId
);

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
    fn ids_that_could_spell_another_key_are_refused() {
        for text in ["", "a#b", "a b", "a\u{0}", "ä", "a/b", &"x".repeat(65)] {
            assert_eq!(OrganizationId::parse(text), Err(InvalidId), "{text:?}");
        }
        assert!(OrganizationId::parse("appgen_demo").is_ok());
        assert!(OrganizationId::parse(&"x".repeat(64)).is_ok());
    }

    #[test]
    fn text_that_is_no_id_means_an_id_of_its_own_that_nobody_has() {
        assert_eq!(OrganizationId::meant_by("clinic").as_str(), "clinic");
        let (one, two) = (OrganizationId::meant_by("a#b"), OrganizationId::meant_by("a b"));
        assert_ne!(one, two);
        assert_eq!(one, OrganizationId::meant_by("a#b"));
        assert_eq!(OrganizationId::parse(one.as_str()), Ok(one.clone()));
    }

    #[test]
    fn no_organization_is_the_realm_of_the_identity_provider() {
        assert_eq!(OrganizationId::parse("sso"), Err(InvalidId));
        assert_ne!(OrganizationId::meant_by("sso"), OrganizationId::sso());
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
