//! The `Idempotency-Key` header: a client's name for one request, so that it can repeat the request.

use crate::id::FamilyId;
use crate::secret::{Digest, Secret};

/// A client's name for one send or one rotation: 16 to 255 visible ASCII characters, no comma.
///
/// It is secret: who knows it and the refresh token that was presented with it gets the successor.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(Secret);

/// Shorter than 16 or longer than 255 characters, not visible ASCII, or with a comma.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key has 16 to 255 visible ASCII characters, and no comma")]
pub struct InvalidIdempotencyKey;

impl IdempotencyKey {
    /// Accepts 16 to 255 visible ASCII characters. A comma is refused: a proxy that repeats a header
    /// joins the copies with one (RFC 9110 §5.3), and the key of a retry would be another one.
    pub fn parse(text: &str) -> Result<Self, InvalidIdempotencyKey> {
        let valid = (16..=255).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
        valid.then(|| Self(Secret::new(text))).ok_or(InvalidIdempotencyKey)
    }

    /// base64(SHA3-512(family ‖ key)): what a family stores of its newest rotation with a key. A key
    /// that serves two families has two digests.
    pub fn digest_in(&self, family: &FamilyId) -> Digest {
        Digest::of(&[family.as_str().as_bytes(), &[0], self.expose().as_bytes()])
    }

    /// base64(SHA3-512(key)): what the item of a code stores of its newest send with a key.
    pub fn digest(&self) -> Digest {
        self.0.digest()
    }

    /// The only way to the text.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idempotency_keys_are_16_to_255_visible_characters_without_a_comma() {
        let long = "k".repeat(256);
        for text in [
            "",
            "fifteen-chars--",
            "with a space in it",
            "control\u{7}character",
            "ümlaut-in-the-key",
            "repeated-by-proxy,repeated-by-proxy",
            &long,
        ] {
            assert!(IdempotencyKey::parse(text).is_err(), "{text:?}");
        }
        assert!(IdempotencyKey::parse(&long[..255]).is_ok());
    }

    #[test]
    fn one_key_has_another_digest_in_each_family() -> Result<(), InvalidIdempotencyKey> {
        let key = IdempotencyKey::parse(&"k".repeat(16))?;
        let [one, other] = ["one", "other"].map(FamilyId::stored);
        assert_eq!(key.digest_in(&one), key.digest_in(&one));
        assert_ne!(key.digest_in(&one), key.digest_in(&other));
        assert_ne!(key.digest(), key.digest_in(&one));
        Ok(())
    }
}
