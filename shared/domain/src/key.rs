//! Rings of symmetric keys, as Secrets Manager stores them.

use std::fmt;

use serde::Deserialize;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::encoding;

/// RFC 7518 §3.2: an HMAC key must be at least as long as the digest. SHA-512 has the longest, 64 bytes.
const MIN_BYTES: usize = 64;

/// Key bytes: at least 64.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct KeyBytes(Vec<u8>);

impl KeyBytes {
    /// The only way to the raw bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for KeyBytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyBytes(redacted)")
    }
}

/// A key and the name by which tokens and items refer to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "RawKey")]
pub struct Key {
    /// Key id (RFC 7515 §4.1.4).
    pub kid: String,
    /// The key material.
    pub bytes: KeyBytes,
}

#[derive(Deserialize)]
struct RawKey {
    kid: String,
    key: String,
}

impl TryFrom<RawKey> for Key {
    type Error = InvalidKeyRing;

    fn try_from(mut raw: RawKey) -> Result<Self, InvalidKeyRing> {
        let bytes = encoding::from_base64url(&raw.key).map(KeyBytes);
        raw.key.zeroize();
        match bytes {
            Some(bytes) if bytes.0.len() >= MIN_BYTES => Ok(Self { kid: raw.kid, bytes }),
            _ => Err(InvalidKeyRing),
        }
    }
}

/// The secret's text is not a key ring. The error doesn't quote the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret is not a key ring: keys are base64url without padding, 64 bytes or more")]
pub struct InvalidKeyRing;

/// The keys of one purpose: `current` signs, `next` is announced, `previous` ones still verify.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "RawKeyRing")]
pub struct KeyRing {
    /// The key that signs and derives.
    pub current: Key,
    others: Vec<Key>,
}

/// Two forms: rotation writes the first; CloudFormation can only generate the second, flat one when it
/// creates the stack.
#[derive(Deserialize)]
#[serde(untagged)]
enum RawKeyRing {
    Rotated {
        current: Key,
        next: Option<Key>,
        #[serde(default)]
        previous: Vec<Key>,
    },
    Generated(Key),
}

impl From<RawKeyRing> for KeyRing {
    fn from(raw: RawKeyRing) -> Self {
        match raw {
            RawKeyRing::Generated(current) => Self { current, others: Vec::new() },
            RawKeyRing::Rotated { current, next, previous } => {
                Self { current, others: next.into_iter().chain(previous).collect() }
            }
        }
    }
}

impl KeyRing {
    /// The key with this id, whether it is current, next or previous.
    pub fn find(&self, kid: &str) -> Option<&Key> {
        self.all().find(|key| key.kid == kid)
    }

    /// Every key of the ring, the current one first.
    pub fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(byte: u8, length: usize) -> String {
        encoding::base64url(&vec![byte; length])
    }

    #[test]
    fn both_spellings_are_read() -> Result<(), serde_json::Error> {
        let flat = format!(r#"{{"kid":"initial","key":"{}"}}"#, text(1, 66));
        assert_eq!(serde_json::from_str::<KeyRing>(&flat)?.current.kid, "initial");

        let ring = format!(
            r#"{{"current":{{"kid":"b","key":"{b}"}},"next":{{"kid":"c","key":"{c}"}},"previous":[{{"kid":"a","key":"{a}"}}]}}"#,
            a = text(1, 64),
            b = text(2, 64),
            c = text(3, 64),
        );
        let ring: KeyRing = serde_json::from_str(&ring)?;
        assert_eq!(ring.current.kid, "b");
        for (kid, byte) in [("a", 1), ("b", 2), ("c", 3)] {
            assert_eq!(ring.find(kid).map(|key| key.bytes.expose()[0]), Some(byte));
        }
        assert!(ring.find("d").is_none());
        Ok(())
    }

    #[test]
    fn a_short_or_misspelt_key_is_refused_without_being_shown() {
        for key in [text(7, 63), "not base64!".repeat(20)] {
            let error = serde_json::from_str::<KeyRing>(&format!(r#"{{"kid":"k","key":"{key}"}}"#));
            let message = error.map(drop).map_err(|error| error.to_string());
            assert!(message.is_err_and(|message| !message.contains(&key)));
        }
    }
}
