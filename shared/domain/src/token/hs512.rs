//! JWTs that only we verify: signed with HS512, by the key of ours that the header names.

use std::collections::HashSet;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::header;
use crate::key::{Key, KeyRing};
use crate::secret::Secret;

/// Pinned: never taken from the token (RFC 8725 §3.1).
const ALGORITHM: Algorithm = Algorithm::HS512;

/// Why a token was refused. The answer is the same for all reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The key is not in our ring: not yet, or no longer.
    #[error("unknown kid")]
    UnknownKey,
    /// Not a JWT; a wrong algorithm, signature, issuer, type or audience; an extension of JWT; a time
    /// that we can't have given; or a missing claim.
    #[error("invalid token")]
    Invalid,
    /// The token is valid except for its expiry.
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

/// The issuer and the audience that a token must have.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    /// `None` for tokens without an audience: a token with an `aud` is refused.
    pub(super) audience: Option<&'a str>,
}

/// Verifies signature, issuer and audience. The caller checks the expiry against the time that it was
/// given: the library would read the system's clock.
pub(super) fn verify<C: DeserializeOwned>(
    token: &Secret,
    keys: &KeyRing,
    expected: &Expected<'_>,
) -> Result<C, TokenError> {
    let kid = header::kid(token, ALGORITHM)?;
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
