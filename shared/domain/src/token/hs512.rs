//! What our access tokens have in common: signed with HS512, by a key of ours that the header names.

use std::collections::HashSet;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::key::{Key, KeyRing};
use crate::secret::Secret;

/// Pinned: never taken from the token (RFC 8725 §3.1).
const ALGORITHM: Algorithm = Algorithm::HS512;

/// Why a token was refused; callers see one answer for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Signed by a key that we don't hold (any more, or yet).
    #[error("unknown kid")]
    UnknownKey,
    /// Not a JWT, another algorithm, a bad signature, another issuer, type or audience, a claim missing.
    #[error("invalid token")]
    Invalid,
    /// Was good once.
    #[error("expired token")]
    Expired,
}

/// Signs with the current key; the header names it as `kid`.
pub(super) fn sign(
    claims: &impl Serialize,
    keys: &KeyRing,
) -> Result<Secret, jsonwebtoken::errors::Error> {
    let mut header = Header::new(ALGORITHM);
    header.kid = Some(keys.current.kid.clone());
    let key = EncodingKey::from_secret(keys.current.bytes.expose());
    jsonwebtoken::encode(&header, claims, &key).map(Secret::new)
}

/// Whom a token has to be from and for.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    /// None for tokens without an audience: one that has an `aud` is refused.
    pub(super) audience: Option<&'a str>,
}

/// Verifies signature, issuer and audience. The expiry is the caller's to check, against the time
/// that it was given: the library would read the system's clock.
pub(super) fn verify<C: DeserializeOwned>(
    token: &Secret,
    keys: &KeyRing,
    expected: &Expected<'_>,
) -> Result<C, TokenError> {
    let header = jsonwebtoken::decode_header(token.expose()).map_err(|_| TokenError::Invalid)?;
    if header.alg != ALGORITHM {
        return Err(TokenError::Invalid);
    }
    let kid = header.kid.ok_or(TokenError::Invalid)?;
    let key = keys.find(&kid).ok_or(TokenError::UnknownKey)?;
    signed(token, key, expected)
}

fn signed<C: DeserializeOwned>(
    token: &Secret,
    key: &Key,
    expected: &Expected<'_>,
) -> Result<C, TokenError> {
    let mut validation = Validation::new(ALGORITHM);
    validation.set_issuer(&[expected.issuer]);
    let mut required = HashSet::from(["exp".to_owned(), "iss".to_owned()]);
    if let Some(audience) = expected.audience {
        validation.set_audience(&[audience]);
        required.insert("aud".to_owned());
    }
    validation.required_spec_claims = required;
    validation.validate_exp = false;
    let key = DecodingKey::from_secret(key.bytes.expose());
    jsonwebtoken::decode::<C>(token.expose(), &key, &validation)
        .map(|data| data.claims)
        .map_err(|_| TokenError::Invalid)
}
