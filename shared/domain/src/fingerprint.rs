//! Fingerprints of keys.

use crate::key::KeyBytes;
use crate::{encoding, mac};

/// Tells one key from another without revealing it: an HMAC of a fixed text under the key. Keys have
/// 512 random bits, so nobody can find a key by trying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a key: 22 characters.
    pub fn of(key: &KeyBytes) -> Self {
        let mac = mac::sha256(key, &[b"fingerprint of a key ring"]);
        Self(encoding::base64url(&mac[..16]))
    }

    /// A fingerprint from an item.
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, which may be stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyRing;

    #[test]
    fn a_fingerprint_is_of_the_key_alone_whatever_its_name_and_form()
    -> Result<(), serde_json::Error> {
        let of = |json: String| -> Result<_, serde_json::Error> {
            Ok(Fingerprint::of(&serde_json::from_str::<KeyRing>(&json)?.current.bytes))
        };
        let (one, other) = (encoding::base64url(&[1; 66]), encoding::base64url(&[2; 66]));
        let flat = of(format!(r#"{{"kid":"a","key":"{one}"}}"#))?;
        assert_eq!(flat, of(format!(r#"{{"current":{{"kid":"b","key":"{one}"}}}}"#))?);
        assert_ne!(flat, of(format!(r#"{{"kid":"a","key":"{other}"}}"#))?);
        assert_eq!(flat.as_str().len(), 22);
        Ok(())
    }
}
