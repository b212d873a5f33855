//! The stored form of a password: a hash of ours, or one that another system made.

use std::fmt;

use serde::Deserialize;

use super::invalid::InvalidPasswordHash;
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
