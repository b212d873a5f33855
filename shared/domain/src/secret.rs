//! Secrets and their digests. A secret has no `Display`, `PartialEq` or `Serialize`, its debug output
//! is redacted, and its memory is wiped on drop. A digest has its own type, so that no code can store a
//! secret in its place.

use std::fmt;

use serde::Deserialize;
use sha3::{Digest as _, Sha3_512};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{encoding, entropy};

/// The letters of a name. Sixty bits: an organization has two API keys.
const NAME_LENGTH: usize = 10;

/// A secret text: an API key, a token or a client secret.
#[derive(Clone, Zeroize, ZeroizeOnDrop, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Generates a secret: 32 bytes from the system's random source, base64url, 43 characters.
    pub fn random() -> Self {
        Self(encoding::base64url(&entropy::bytes::<32>()))
    }

    /// Generates a secret of letters and digits, for a person to type or for a path.
    pub fn alphanumeric(length: usize) -> Self {
        Self(entropy::alphanumeric(length))
    }

    /// The only way to the plain text.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Base64 of its SHA3-512: the stored form of high-entropy secrets, and the key to look them up.
    pub fn digest(&self) -> Digest {
        Digest::of(&[self.0.as_bytes()])
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(redacted)")
    }
}

/// Base64 of a SHA3-512 digest: 88 characters.
///
/// Equality is for recognising our own writes. To compare with a caller's secret, use
/// [`Digest::matches`], which takes constant time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(String);

impl Digest {
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        let hash = parts.iter().fold(Sha3_512::new(), sha3::Digest::chain_update);
        Self(encoding::base64(&hash.finalize()))
    }

    /// A digest from an item.
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text that is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of a secret, for operators and logs: too short a part of the digest to find the secret
    /// by, and enough to tell an organization's API keys apart.
    pub fn name(&self) -> String {
        self.0.chars().filter(char::is_ascii_alphanumeric).take(NAME_LENGTH).collect()
    }

    /// Compares in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Digest(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print_itself() {
        let secret = Secret::new("demo-portal-key");
        assert_eq!(format!("{secret:?} {secret:#?}"), "Secret(redacted) Secret(redacted)");
        assert!(!format!("{:?}", secret.digest()).contains(secret.digest().as_str()));
    }

    #[test]
    fn the_digest_is_base64_of_sha3_512() {
        // FIPS 202 example value for the empty message, in base64.
        let empty = "pp9zzKI6msXItWfcGFp1bpfJghZP4lhZ4NHcwUdcgKYVshI68fX5TBHj6UAsOsVY9QAZnZW20+MBdYWGKB3NJg==";
        assert_eq!(Secret::new("").digest().as_str(), empty);
    }

    #[test]
    fn digests_match_only_their_equal() {
        let digest = Secret::new("one").digest();
        assert!(digest.matches(&Secret::new("one").digest()));
        assert!(!digest.matches(&Secret::new("two").digest()));
        assert!(!digest.matches(&Digest::stored("")));
    }
}
