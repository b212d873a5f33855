//! Short keys of what verification remembers.

use sha2::{Digest as _, Sha256};

use crate::entropy;

/// Eight bytes of a salted hash: of a million keys, two are equal once in thirty million verifications.
/// Who writes lines doesn't know the salt, so can't look for equal ones.
pub(super) type Key = [u8; 8];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Salt(pub(super) [u8; 16]);

impl Salt {
    pub(super) fn random() -> Self {
        Self(entropy::bytes())
    }

    pub(super) fn key(&self, parts: [&str; 2]) -> Key {
        let mut hash = Sha256::new_with_prefix(self.0);
        for part in parts {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        let hash: [u8; 32] = hash.finalize().into();
        let mut key = Key::default();
        key.copy_from_slice(&hash[..8]);
        key
    }
}
