//! The refresh token: 32 opaque bytes, stored only as a digest.

use std::time::Duration;

use crate::idempotency_key::IdempotencyKey;
use crate::key::KeyBytes;
use crate::secret::{Digest, Secret};
use crate::{encoding, mac};

/// Sliding lifetime, which each rotation starts anew (portal contract: 30 days).
pub const SLIDING_LIFETIME: Duration = Duration::from_hours(24 * 30);

/// Absolute lifetime of a family (portal contract: 90 days).
pub const ABSOLUTE_LIFETIME: Duration = Duration::from_hours(24 * 90);

const BYTES: usize = 32;

/// A refresh token that we issue, or that a caller presents.
#[derive(Clone, Debug)]
pub struct RefreshToken(Secret);

impl RefreshToken {
    /// Generates a token: 32 bytes from the system's random source, base64url, 43 characters.
    pub fn random() -> Self {
        Self(Secret::random())
    }

    /// The token that a caller presents. Any text that is not empty is accepted, since only its digest
    /// is looked up.
    pub fn presented(text: String) -> Option<Self> {
        (!text.is_empty()).then(|| Self(Secret::new(text)))
    }

    /// The successor of this token under an idempotency key: HMAC-SHA3-512 of both under the refresh
    /// key, cut to 32 bytes. A client that retries with the same pair gets the same successor. The
    /// token alone is not enough to compute it.
    pub fn successor(&self, key: &KeyBytes, idempotency_key: &IdempotencyKey) -> Self {
        // Both have variable length. No idempotency key has a zero byte, so each pair is distinct.
        let parts = [self.0.expose().as_bytes(), &[0], idempotency_key.expose().as_bytes()];
        let mac = mac::sha3_512(key, &parts);
        Self(Secret::new(encoding::base64url(&mac[..BYTES])))
    }

    /// The only way to the text.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// base64(SHA3-512(token)), the only form that is stored.
    pub fn digest(&self) -> Digest {
        self.0.digest()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyRing;

    #[test]
    fn a_token_is_43_characters_of_base64url_and_never_twice_the_same() {
        let (one, two) = (RefreshToken::random(), RefreshToken::random());
        assert_eq!(one.expose().len(), 43);
        assert!(
            one.expose().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
        assert_ne!(one.expose(), two.expose());
        assert_eq!(one.digest().as_str().len(), 88);
    }

    #[test]
    fn a_successor_depends_on_token_idempotency_key_and_refresh_key()
    -> Result<(), Box<dyn std::error::Error>> {
        let key = |letter: &str| -> Result<KeyBytes, serde_json::Error> {
            let ring = format!(r#"{{"kid":"k","key":"{}"}}"#, letter.repeat(88));
            Ok(serde_json::from_str::<KeyRing>(&ring)?.current.bytes)
        };
        let (token, name) = (RefreshToken::random(), IdempotencyKey::parse(&"n".repeat(16))?);
        let successor = token.successor(&key("A")?, &name);
        assert_eq!(successor.expose().len(), 43);
        assert_eq!(successor.expose(), token.successor(&key("A")?, &name).expose());
        let others = [
            token.successor(&key("B")?, &name),
            token.successor(&key("A")?, &IdempotencyKey::parse(&"n".repeat(17))?),
            RefreshToken::random().successor(&key("A")?, &name),
        ];
        for other in others {
            assert_ne!(successor.expose(), other.expose());
        }
        Ok(())
    }
}
