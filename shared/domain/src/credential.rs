//! The stored form of the secrets of partners, organizations and clients: a salt and a keyed digest.
//! Each has two slots, so that a secret can be replaced while both the old and the new one are valid.

use std::fmt;

use hmac::digest::Output;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::secret::Secret;
use crate::{encoding, entropy};

const SALT_BYTES: usize = 16;
const DIGEST_BYTES: usize = 32;

/// HMAC-SHA256 of a secret under a salt of 16 random bytes (partner contract: "compared in hashed
/// form, HMAC-SHA256 with salt"). Not for what people choose: those need a password hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    salt: [u8; SALT_BYTES],
    digest: [u8; DIGEST_BYTES],
}

/// The text is not a stored credential. The error doesn't quote the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stored credential is a salt and a digest, each in base64url, with a dot between them")]
pub struct InvalidCredential;

impl Credential {
    /// The stored form of a secret, under a fresh salt.
    pub fn of(secret: &Secret) -> Self {
        let salt = entropy::bytes();
        Self { salt, digest: salted(&salt, secret).into() }
    }

    /// Reads the stored text form.
    pub fn parse(text: &str) -> Result<Self, InvalidCredential> {
        let (salt, digest) = text.split_once('.').ok_or(InvalidCredential)?;
        Ok(Self { salt: bytes(salt)?, digest: bytes(digest)? })
    }

    /// The text form that is stored: `base64url(salt).base64url(digest)`.
    pub fn text(&self) -> String {
        format!("{}.{}", encoding::base64url(&self.salt), encoding::base64url(&self.digest))
    }

    /// Whether the secret has this digest. The comparison takes constant time.
    pub fn matches(&self, secret: &Secret) -> bool {
        salted(&self.salt, secret).ct_eq(&self.digest).into()
    }

    /// A credential that no known secret matches.
    const fn dummy() -> Self {
        Self { salt: [0; SALT_BYTES], digest: [0; DIGEST_BYTES] }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credential(…)")
    }
}

/// The two slots of a secret. Both secrets are accepted until the second one is promoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The secret in use.
    pub current: Credential,
    /// Its successor, while callers change from one to the other.
    pub next: Option<Credential>,
}

impl Credentials {
    /// One secret and an empty second slot.
    pub const fn single(current: Credential) -> Self {
        Self { current, next: None }
    }

    /// Whether the secret is in one of the slots.
    pub fn matches(&self, secret: &Secret) -> bool {
        let current = self.current.matches(secret);
        // An empty slot is compared as well, so that the duration doesn't reveal a rotation.
        let next = self.next.as_ref().unwrap_or(&Credential::dummy()).matches(secret);
        current | (next & self.next.is_some())
    }
}

/// Whether the secret matches one of the slots. Without credentials the answer is no, after the same
/// work, so that the duration doesn't reveal which ids exist.
pub fn check(credentials: Option<&Credentials>, secret: &Secret) -> bool {
    let dummy = Credentials::single(Credential::dummy());
    let matches = credentials.unwrap_or(&dummy).matches(secret);
    matches & credentials.is_some()
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104 §2)")]
fn salted(salt: &[u8; SALT_BYTES], secret: &Secret) -> Output<Hmac<Sha256>> {
    let mac = Hmac::<Sha256>::new_from_slice(salt).expect("any length");
    mac.chain_update(secret.expose().as_bytes()).finalize().into_bytes()
}

fn bytes<const N: usize>(text: &str) -> Result<[u8; N], InvalidCredential> {
    let bytes = encoding::from_base64url(text).ok_or(InvalidCredential)?;
    bytes.try_into().map_err(|_| InvalidCredential)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_hmac_sha256_under_the_salt() -> Result<(), InvalidCredential> {
        // RFC 4231 §4.3 keys with "Jefe"; HMAC pads a key with zeros, so 16 bytes of it are the same key.
        let mut salt = [0; SALT_BYTES];
        salt[..4].copy_from_slice(b"Jefe");
        let digest: [u8; DIGEST_BYTES] =
            salted(&salt, &Secret::new("what do ya want for nothing?")).into();
        assert_eq!(digest[..4], [0x5b, 0xdc, 0xc1, 0x46]);
        assert_eq!(digest[28..], [0x64, 0xec, 0x38, 0x43]);
        let stored = Credential { salt, digest };
        assert_eq!(Credential::parse(&stored.text())?, stored);
        Ok(())
    }

    #[test]
    fn two_credentials_of_one_secret_differ_and_both_match() {
        let secret = Secret::new("demo-partner-secret");
        let (one, two) = (Credential::of(&secret), Credential::of(&secret));
        assert_ne!(one, two);
        assert!(one.matches(&secret) && two.matches(&secret));
        assert!(!one.matches(&Secret::new("demo-partner-secre")));
    }

    #[test]
    fn a_secret_is_good_in_either_slot_and_nowhere_else() {
        let [old, new, other] = ["old", "new", "other"].map(Secret::new);
        let both = Credentials { current: Credential::of(&old), next: Some(Credential::of(&new)) };
        assert!(both.matches(&old) && both.matches(&new) && !both.matches(&other));
        let single = Credentials::single(Credential::of(&old));
        assert!(check(Some(&single), &old) && !check(Some(&single), &new) && !check(None, &old));
    }

    #[test]
    fn text_that_is_no_credential_is_refused() {
        let stored = Credential::of(&Secret::new("secret")).text();
        for text in ["", ".", "abc", &stored[1..], &format!("{stored}A"), &stored.replace('.', "")]
        {
            assert_eq!(Credential::parse(text), Err(InvalidCredential), "{text}");
        }
        assert!(!format!("{:?}", Credential::parse(&stored)).contains(&stored));
    }
}
