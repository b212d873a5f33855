//! Passwords and their hashes: argon2id with OWASP's parameters, as PHC strings, and what other systems
//! made.

mod hash;
mod invalid;
mod recipe;

use std::sync::{Mutex, MutexGuard, PoisonError};

use argon2::Block;
use serde::Deserialize;
use subtle::{Choice, ConstantTimeEq as _};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

pub use self::hash::PasswordHash;
pub use self::invalid::InvalidPasswordHash;
use self::recipe::{HASH_BYTES, LANES, MEMORY_KIB, PASSES, Recipe, SALT_BYTES, current};
use crate::entropy;
use crate::secret::Secret;

/// NIST SP 800-63B §5.1.1.2.
const MIN_CHOSEN: usize = 8;
const MAX_BYTES: usize = 1024;
/// How much longer composing makes a text in UTF-8, at most (Unicode's FAQ on normalization).
const MAX_GROWTH: usize = 3;

/// A password, composed (NFC; NIST SP 800-63B §5.1.1.2, RFC 8265 §4.2): keyboards and systems spell one
/// letter in different bytes.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Password {
    composed: Secret,
    /// The password as it was sent, if composing changed it. An imported hash may be made from that.
    as_sent: Option<Secret>,
}

/// The text has less than 8 characters (Unicode scalar values, composed), or more than 1024 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a password has at least 8 characters, and at most 1024 bytes")]
pub struct PasswordTooShort;

/// The text is empty or longer than 1024 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a password has 1 to 1024 bytes")]
pub struct InvalidPassword;

impl Password {
    /// Accepts 1 to 1024 bytes, and composes them. Nothing is trimmed.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidPassword> {
        let sent = Secret::new(text);
        if !(1..=MAX_BYTES).contains(&sent.expose().len()) {
            return Err(InvalidPassword);
        }
        if is_nfc(sent.expose()) {
            return Ok(Self { composed: sent, as_sent: None });
        }
        // A growing text would leave parts of the password behind in memory.
        let mut composed = String::with_capacity(sent.expose().len() * MAX_GROWTH);
        composed.extend(sent.expose().nfc());
        Ok(Self { composed: Secret::new(composed), as_sent: Some(sent) })
    }
}

impl Password {
    /// Accepts a password that is to be set: one that [`Self::parse`] accepts, of at least 8 characters.
    pub fn choose(text: impl Into<String>) -> Result<Self, PasswordTooShort> {
        let chosen = Self::parse(text).map_err(|InvalidPassword| PasswordTooShort)?;
        if chosen.composed.expose().chars().count() < MIN_CHOSEN {
            return Err(PasswordTooShort);
        }
        Ok(chosen)
    }
}

impl TryFrom<String> for Password {
    type Error = InvalidPassword;

    fn try_from(text: String) -> Result<Self, InvalidPassword> {
        Self::parse(text)
    }
}

/// The result of checking a password.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The password is right.
    Right,
    /// The password is right, but its hash has outdated parameters or is not that of the composed
    /// password: hash it again.
    RightButOutdated,
    /// The password is wrong, or there was no hash to compare with.
    Wrong,
}

/// Hashes and checks passwords, one at a time. All hashes of an instance use one block of 19 MiB, so
/// that many logins at once take no more memory than one. The block grows if an imported hash needs
/// more; a user's first login replaces such a hash.
pub struct Hasher {
    memory: Mutex<Vec<Block>>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

impl Hasher {
    /// Allocates the block of memory.
    pub fn new() -> Self {
        let memory = vec![Block::default(); current().params().block_count()];
        Self { memory: Mutex::new(memory) }
    }

    /// Hashes a new password, composed, under a random salt.
    pub fn hash(&self, password: &Password) -> PasswordHash {
        let salt = entropy::bytes::<SALT_BYTES>();
        let hash = self.ours(&password.composed, &salt);
        PasswordHash::ours(printed(&salt, &hash))
    }

    /// Checks a password. Without a hash (the user was not found, or has no password) the work is that
    /// of a wrong password, so that the duration doesn't reveal the difference.
    ///
    /// A password that was sent in another form than NFC is compared in both forms. That is decided by
    /// what was sent alone, never by what is stored or by the first comparison.
    pub fn check(&self, password: &Password, hash: Option<&PasswordHash>) -> Verdict {
        let recipe = hash.and_then(PasswordHash::recipe);
        let composed = self.matches(&password.composed, recipe.as_ref());
        let as_sent = password.as_sent.as_ref().map(|sent| self.matches(sent, recipe.as_ref()));
        let is_current = recipe.is_some_and(|recipe| recipe.is_current());
        match (bool::from(composed), as_sent.is_some_and(bool::from)) {
            (true, _) if is_current => Verdict::Right,
            (true, _) | (false, true) => Verdict::RightButOutdated,
            (false, false) => Verdict::Wrong,
        }
    }

    fn matches(&self, password: &Secret, recipe: Option<&Recipe>) -> Choice {
        let Some(recipe) = recipe else {
            let dummy = self.ours(password, &[0; SALT_BYTES]);
            let _: bool = dummy.ct_eq(&[0; HASH_BYTES]).into();
            return Choice::from(0);
        };
        recipe.matches(password.expose().as_bytes(), &mut self.lock())
    }

    fn ours(&self, password: &Secret, salt: &[u8]) -> Vec<u8> {
        let password = password.expose().as_bytes();
        recipe::argon2(&current(), password, salt, HASH_BYTES, &mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Block>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A PHC string has base64 in the standard alphabet, without padding.
fn printed(salt: &[u8], hash: &[u8]) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the test program of the reference implementation (phc-winner-argon2, src/test.c).
    const REFERENCE: &str =
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    #[test]
    fn a_password_is_right_to_the_letter() {
        let hasher = Hasher::new();
        let hash = hasher.hash(&password(" Pässword "));
        assert_eq!(hasher.check(&password(" Pässword "), Some(&hash)), Verdict::Right);
        for wrong in ["Pässword", " pässword ", " Password ", " Pässword \0", " Pässword\u{200b} "]
        {
            assert_eq!(hasher.check(&password(wrong), Some(&hash)), Verdict::Wrong, "{wrong:?}");
        }
        assert_eq!(hasher.check(&password(" Pässword "), None), Verdict::Wrong);
    }

    /// The hash that a system without NFC made of these bytes, with our parameters.
    fn imported(hasher: &Hasher, bytes: &str) -> PasswordHash {
        let sent = Secret::new(bytes);
        let hash = hasher.ours(&sent, &[7; SALT_BYTES]);
        PasswordHash::ours(printed(&[7; SALT_BYTES], &hash))
    }

    #[test]
    fn a_password_is_one_in_all_its_canonical_spellings() {
        let hasher = Hasher::new();
        let spellings = [
            ("Pässword", "Pa\u{308}ssword"),
            ("\u{1ec7}", "e\u{323}\u{302}"),
            ("각", "\u{1100}\u{1161}\u{11a8}"),
            ("Å", "\u{212b}"),
            // NFC never composes this one.
            ("\u{915}\u{93c}", "\u{958}"),
        ];
        for (composed, other) in spellings {
            for (set, sent) in [(composed, other), (other, composed), (other, other)] {
                let hash = hasher.hash(&password(set));
                assert_eq!(hasher.check(&password(sent), Some(&hash)), Verdict::Right, "{sent}");
            }
        }
        // Compatibility is no equality: NFC alone (RFC 8265 §4.2).
        let hash = hasher.hash(&password("ﬁsh"));
        assert_eq!(hasher.check(&password("fish"), Some(&hash)), Verdict::Wrong);
    }

    #[test]
    fn an_imported_hash_of_the_bytes_as_sent_is_right_but_outdated() {
        let hasher = Hasher::new();
        let decomposed = "Pa\u{308}ssword";
        let hash = imported(&hasher, decomposed);
        assert_eq!(hasher.check(&password(decomposed), Some(&hash)), Verdict::RightButOutdated);
        assert_eq!(hasher.check(&password("Pa\u{308}ssworD"), Some(&hash)), Verdict::Wrong);
        assert_eq!(hasher.check(&password("Password"), Some(&hash)), Verdict::Wrong);
        let again = hasher.hash(&password(decomposed));
        assert_eq!(hasher.check(&password(decomposed), Some(&again)), Verdict::Right);
        assert_eq!(hasher.check(&password("Pässword"), Some(&again)), Verdict::Right);
        let composed = imported(&hasher, "Pässword");
        assert_eq!(hasher.check(&password(decomposed), Some(&composed)), Verdict::Right);
    }

    /// A word of what the latest hash left in memory.
    fn residue(hasher: &Hasher) -> u64 {
        hasher.memory.lock().unwrap().last().unwrap().as_ref()[0]
    }

    #[test]
    fn both_forms_are_hashed_for_a_right_a_wrong_and_no_hash() {
        let (hasher, other) = (Hasher::new(), Hasher::new());
        for sent in ["Pa\u{308}ssword", "Pässword"] {
            let of_users = [
                (Some(imported(&hasher, "Pässword")), [7; SALT_BYTES]),
                (Some(imported(&hasher, "Pa\u{308}ssword")), [7; SALT_BYTES]),
                (Some(imported(&hasher, "wrong")), [7; SALT_BYTES]),
                (None, [0; SALT_BYTES]),
            ];
            for (hash, salt) in of_users {
                let _ = hasher.check(&password(sent), hash.as_ref());
                // The form as sent comes last, so it was hashed.
                other.ours(&Secret::new(sent), &salt);
                assert_eq!(residue(&hasher), residue(&other), "{sent:?} {}", hash.is_some());
            }
        }
    }

    #[test]
    fn a_hash_says_how_it_was_made_and_is_never_made_twice() {
        let hasher = Hasher::new();
        let (one, two) = (hasher.hash(&password("p")), hasher.hash(&password("p")));
        assert!(one.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", one.as_str());
        assert_ne!(one, two);
        assert_eq!(PasswordHash::parse(one.as_str()), Ok(one.clone()));
        assert_eq!(format!("{one:?}"), "PasswordHash(redacted)");
    }

    #[test]
    fn hashes_of_other_parameters_are_right_but_outdated() {
        let hasher = Hasher::new();
        let reference = PasswordHash::parse(REFERENCE).unwrap();
        let right = hasher.check(&password("password"), Some(&reference));
        assert_eq!(right, Verdict::RightButOutdated);
        assert_eq!(hasher.check(&password("Password"), Some(&reference)), Verdict::Wrong);
    }

    #[test]
    fn a_password_that_is_set_has_8_characters() {
        assert!(Password::choose("12345678").is_ok() && Password::choose("ääääääää").is_ok());
        // Seven, composed.
        for short in ["", "1234567", "aaaaaaa\u{308}"] {
            assert_eq!(Password::choose(short).map(drop), Err(PasswordTooShort), "{short}");
        }
        assert_eq!(Password::choose("ä".repeat(513)).map(drop), Err(PasswordTooShort));
    }

    #[test]
    fn a_password_has_1_to_1024_bytes() {
        assert!(Password::parse(" ").is_ok() && Password::parse("\0").is_ok());
        assert!(Password::parse("ä".repeat(512)).is_ok());
        assert_eq!(Password::parse("").map(drop), Err(InvalidPassword));
        assert_eq!(Password::parse("ä".repeat(513)).map(drop), Err(InvalidPassword));
    }
}
