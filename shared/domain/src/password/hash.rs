//! The stored form of a password: a hash of ours, or one that another system made.

use std::fmt;

use serde::Deserialize;

use super::recipe::Recipe;

/// The hash of a password, as text: its algorithm, parameters, salt and digest. Ours are PHC strings of
/// argon2id. Those of other systems stay as they came until the user's first login:
///
/// | format | forms |
/// |---|---|
/// | argon2 | PHC strings, also under the prefixes of Django, LDAP, Dovecot and Spring |
/// | bcrypt | `$2a$`, `$2b$`, `$2y$`, also under such prefixes |
/// | PBKDF2 with SHA-1, SHA-256, SHA-512 | PHC strings, passlib's, Django's |
/// | scrypt | PHC strings, Django's; Firebase's as `$fbscrypt$` (Supabase) or `$firescrypt$` (Kratos) |
/// | phpass | `$P$`, `$H$` |
/// | LDAP's salted SHA | `{SSHA}`, `{SSHA256}`, `{SSHA384}`, `{SSHA512}` |
/// | Keycloak | a credential of an exported realm, as JSON: PBKDF2 or argon2 |
///
/// Equality is for recognising our own writes, not for checking a password.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PasswordHash(String);

/// Why a text is no password hash that a login could check. The text isn't quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPasswordHash {
    /// The format is unknown.
    #[error(
        "its format is unknown; known are argon2, bcrypt, PBKDF2, scrypt, phpass, {{SSHA}} and Keycloak's"
    )]
    UnknownFormat,
    /// The format is known, and not supported. Has its name.
    #[error("{0} is not supported")]
    Unsupported(&'static str),
    /// The hash is incomplete, or has a parameter that its format doesn't allow. Has the format.
    #[error("it is no complete hash of {0}")]
    Malformed(&'static str),
    /// A login would run into its deadline, or out of memory.
    #[error("{0} with these parameters takes too long to check at a login, or too much memory")]
    TooCostly(&'static str),
    /// Wrong passwords could match by chance, or one guess costs next to nothing.
    #[error(
        "{0} with these parameters is too weak: a digest has 16 bytes, a salt 4, PBKDF2 1000 iterations, at least"
    )]
    TooWeak(&'static str),
}

impl InvalidPasswordHash {
    /// Whether the hash may be right, and is of a format that no login checks.
    pub const fn is_of_other_format(self) -> bool {
        matches!(self, Self::UnknownFormat | Self::Unsupported(_))
    }
}

impl PasswordHash {
    /// Accepts a hash of ours or of another system, if a login can check it in time. The text may change:
    /// foreign prefixes are removed, and Keycloak's JSON becomes a PHC string.
    pub fn parse(text: &str) -> Result<Self, InvalidPasswordHash> {
        let (recipe, text) = Recipe::parse(text)?;
        recipe.check_bounds()?;
        Ok(Self(text))
    }

    pub(super) const fn ours(phc: String) -> Self {
        Self(phc)
    }

    /// How to check a password. `None` can't be, because only hashes that were parsed are stored.
    pub(super) fn recipe(&self) -> Option<Recipe> {
        Recipe::parse(&self.0).ok().map(|(recipe, _)| recipe)
    }

    /// The text that is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PasswordHash {
    type Error = InvalidPasswordHash;

    fn try_from(text: String) -> Result<Self, InvalidPasswordHash> {
        Self::parse(&text)
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordHash(redacted)")
    }
}
