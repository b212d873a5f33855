//! How each format of password hash is read and checked.

mod argon2;
mod firebase;
mod format;
mod keycloak;
mod pbkdf2;
mod phpass;
mod salted;
mod scrypt;
#[cfg(test)]
mod vectors;

use ::argon2::Block;
use ::base64::Engine as _;
use ::base64::alphabet::STANDARD;
use ::base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use subtle::{Choice, ConstantTimeEq as _};

pub(super) use self::argon2::{
    HASH_BYTES, LANES, MEMORY_KIB, PASSES, SALT_BYTES, current, hash as argon2,
};
use self::format::Format;
use super::invalid::InvalidPasswordHash;

/// The time that one check may take on the machine that the costs below were measured on, where a hash of
/// ours takes 38 ms. A login checks a password in two forms at most, then makes a hash of ours, in 2.5 s,
/// at one virtual CPU, which may be half as fast.
const BUDGET_MICROSECONDS: u64 = 550_000;
/// The memory that one check may take; a function has 1769 MB.
const MAX_MEMORY_KIB: u64 = 256 * 1024;
/// A shorter digest could match a wrong password by chance.
const MIN_DIGEST: usize = 16;
/// LDAP's servers use four bytes and more.
const MIN_SALT: usize = 4;
/// No format has longer digests or salts.
const MAX_BYTES: usize = 256;

/// A hash, read.
pub(super) enum Recipe {
    Argon2(argon2::Hash),
    Bcrypt { text: String, cost: u32 },
    Firebase(firebase::Hash),
    Pbkdf2(pbkdf2::Hash),
    Phpass(phpass::Hash),
    Salted(salted::Hash),
    Scrypt(scrypt::Hash),
}

impl Recipe {
    /// Reads a hash, and returns the text to store beside it.
    pub(super) fn parse(text: &str) -> Result<(Self, String), InvalidPasswordHash> {
        let (format, text) = Format::of(text)?;
        let malformed = InvalidPasswordHash::Malformed(format.name());
        let recipe = match format {
            Format::Argon2 => argon2::Hash::parse(text).map(Self::Argon2),
            Format::Bcrypt => {
                bcrypt_cost(text).map(|cost| Self::Bcrypt { text: text.to_owned(), cost })
            }
            Format::Firebase => firebase::Hash::parse(text).map(Self::Firebase),
            Format::Keycloak => {
                let phc = keycloak::phc(text).ok_or(malformed)?;
                return if phc.starts_with('$') { Self::parse(&phc) } else { Err(malformed) };
            }
            Format::Pbkdf2 => pbkdf2::Hash::parse(text).map(Self::Pbkdf2),
            Format::Phpass => phpass::Hash::parse(text).map(Self::Phpass),
            Format::Salted => salted::Hash::parse(text).map(Self::Salted),
            Format::Scrypt => scrypt::Hash::parse(text).map(Self::Scrypt),
        };
        recipe.map(|recipe| (recipe, text.to_owned())).ok_or(malformed)
    }

    const fn format(&self) -> Format {
        match self {
            Self::Argon2(_) => Format::Argon2,
            Self::Bcrypt { .. } => Format::Bcrypt,
            Self::Firebase(_) => Format::Firebase,
            Self::Pbkdf2(_) => Format::Pbkdf2,
            Self::Phpass(_) => Format::Phpass,
            Self::Salted(_) => Format::Salted,
            Self::Scrypt(_) => Format::Scrypt,
        }
    }

    pub(super) fn check_bounds(&self) -> Result<(), InvalidPasswordHash> {
        let (microseconds, kib) = self.cost();
        if microseconds > BUDGET_MICROSECONDS || kib > MAX_MEMORY_KIB {
            return Err(InvalidPasswordHash::TooCostly(self.format().name()));
        }
        let (salt, digest) = match self {
            Self::Argon2(hash) => (hash.salt.len(), hash.digest.len()),
            Self::Bcrypt { .. } => (16, 23),
            Self::Firebase(hash) => (hash.salt.len(), hash.digest.len()),
            Self::Pbkdf2(hash) => (hash.salt.len(), hash.digest.len()),
            Self::Phpass(hash) => (hash.salt.len(), hash.digest.len()),
            Self::Salted(hash) => (hash.salt.len(), hash.digest.len()),
            Self::Scrypt(hash) => (hash.salt.len(), hash.digest.len()),
        };
        let is_quick = matches!(self, Self::Pbkdf2(hash) if hash.iterations.get() < 1000);
        if salt < MIN_SALT || digest < MIN_DIGEST || is_quick {
            return Err(InvalidPasswordHash::TooWeak(self.format().name()));
        }
        Ok(())
    }

    /// What a check costs: microseconds, measured (`cargo run --release -p bench --bin passwords`), and
    /// KiB of memory.
    fn cost(&self) -> (u64, u64) {
        match self {
            Self::Argon2(hash) => hash.cost(),
            Self::Bcrypt { cost, .. } => (110 << cost, 4),
            Self::Firebase(hash) => hash.cost(),
            Self::Pbkdf2(hash) => (hash.microseconds(), 0),
            Self::Phpass(hash) => (hash.microseconds(), 0),
            Self::Salted(_) => (1, 0),
            Self::Scrypt(hash) => hash.cost(),
        }
    }

    /// Whether a hash of ours has this recipe, so that there is nothing to replace.
    pub(super) fn is_current(&self) -> bool {
        matches!(self, Self::Argon2(hash) if hash.is_current())
    }

    /// Compares a password with the hash, in constant time once its digest is computed.
    pub(super) fn matches(&self, password: &[u8], memory: &mut Vec<Block>) -> Choice {
        let (found, digest) = match self {
            Self::Argon2(hash) => (hash.of(password, memory), &hash.digest),
            // Compares by itself. All but 72 bytes don't count, as in the systems that made it.
            Self::Bcrypt { text, .. } => {
                return Choice::from(u8::from(bcrypt::verify(password, text).unwrap_or(false)));
            }
            Self::Firebase(hash) => (hash.of(password), &hash.digest),
            Self::Pbkdf2(hash) => (hash.of(password), &hash.digest),
            Self::Phpass(hash) => (hash.of(password), &hash.digest),
            Self::Salted(hash) => (hash.of(password), &hash.digest),
            Self::Scrypt(hash) => (hash.of(password), &hash.digest),
        };
        found.ct_eq(digest)
    }
}

/// The cost of a hash of bcrypt; `None` if it is not complete.
fn bcrypt_cost(text: &str) -> Option<u32> {
    let parts: bcrypt::HashParts = text.parse().ok()?;
    let cost = parts.get_cost();
    // From here on a check would overflow.
    (text.len() == 60 && (4..=31).contains(&cost)).then_some(cost)
}

/// The bytes of base64 in the standard alphabet, the one of URLs, or passlib's, with or without padding.
fn bytes(text: &str) -> Option<Vec<u8>> {
    const ANY_PADDING: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let standard = text.replace(['.', '-'], "+").replace('_', "/");
    let bytes = ANY_PADDING.decode(standard).ok()?;
    (bytes.len() <= MAX_BYTES).then_some(bytes)
}

/// The parameters of a PHC string, e.g. `ln=15,r=8,p=1`.
fn parameter<'t>(parameters: &'t str, name: &str) -> Option<&'t str> {
    let mut pairs = parameters.split(',').filter_map(|pair| pair.split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}
