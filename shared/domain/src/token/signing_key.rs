//! The private keys that sign the partner surface's tokens.

use std::fmt;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::jwks::PublicKey;
use crate::encoding;
use crate::time::Timestamp;

/// A private key, and the instant from which it signs.
pub struct SigningKey {
    pub(super) pair: KeyPair,
    public: PublicKey,
    signs_from: Timestamp,
}

#[derive(Deserialize, Serialize, Zeroize, ZeroizeOnDrop)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawKey {
    kid: String,
    /// PKCS#8 (RFC 5958), base64url.
    key: String,
    signs_from: i64,
}

/// The secret's text is not a ring of RSA keys, or the `kid` of a key is not its thumbprint. The error
/// doesn't quote the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret is not a ring of RSA keys whose kids are their thumbprints")]
pub struct InvalidSigningRing;

/// An RSA key could not be generated or serialised: the random source or the memory failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an RSA key could not be generated or serialised")]
pub struct NoSigningKey;

impl SigningKey {
    /// Generates a key of 2048 bits, which takes some tenths of a second.
    pub(super) fn generate(signs_from: Timestamp) -> Result<Self, NoSigningKey> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| NoSigningKey)?;
        Ok(Self::of(pair, signs_from))
    }

    fn of(pair: KeyPair, signs_from: Timestamp) -> Self {
        let part = |bytes: &[u8]| encoding::base64url(bytes);
        let public = pair.public_key();
        let public = PublicKey::new(
            part(public.modulus().big_endian_without_leading_zero()),
            part(public.exponent().big_endian_without_leading_zero()),
        );
        Self { pair, public, signs_from }
    }

    /// The public key that verifies its signatures.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The instant from which it signs.
    pub fn signs_from(&self) -> Timestamp {
        self.signs_from
    }

    pub(super) fn raw(&self) -> Result<RawKey, NoSigningKey> {
        let der = self.pair.as_der().map_err(|_| NoSigningKey)?;
        Ok(RawKey {
            kid: self.public.kid().to_owned(),
            key: encoding::base64url(der.as_ref()),
            signs_from: self.signs_from.millis(),
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({})", self.public.kid())
    }
}

impl TryFrom<RawKey> for SigningKey {
    type Error = InvalidSigningRing;

    fn try_from(raw: RawKey) -> Result<Self, InvalidSigningRing> {
        let der = encoding::from_base64url(&raw.key).map(Zeroizing::new);
        let der = der.ok_or(InvalidSigningRing)?;
        let pair = KeyPair::from_pkcs8(&der).map_err(|_| InvalidSigningRing)?;
        let key = Self::of(pair, Timestamp::from_millis(raw.signs_from));
        (key.public.kid() == raw.kid).then_some(key).ok_or(InvalidSigningRing)
    }
}
