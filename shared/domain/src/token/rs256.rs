//! JWTs that others can verify, too: signed with RS256.

use std::collections::HashSet;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::TokenError;
use super::header;
use super::jwks::PublicKey;
use super::signing_key::SigningKey;
use crate::encoding;
use crate::secret::Secret;

/// Pinned: never taken from the token (RFC 8725 §3.1).
const ALGORITHM: Algorithm = Algorithm::RS256;

/// The claims could not be serialised, or signing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token could not be signed")]
pub struct NotSigned;

/// Signs the claims. The header names the key as `kid`.
///
/// `jsonwebtoken` would parse and check the private key again for each token.
pub(crate) fn sign(claims: &impl Serialize, key: &SigningKey) -> Result<Secret, NotSigned> {
    let mut header = Header::new(ALGORITHM);
    header.kid = Some(key.public().kid().to_owned());
    let input = format!("{}.{}", part(&header)?, part(claims)?);
    let mut signature = vec![0; key.pair.public_modulus_len()];
    key.pair
        .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature)
        .map_err(|_| NotSigned)?;
    Ok(Secret::new(format!("{input}.{}", encoding::base64url(&signature))))
}

fn part(part: &impl Serialize) -> Result<String, NotSigned> {
    serde_json::to_vec(part).map(|json| encoding::base64url(&json)).map_err(|_| NotSigned)
}

/// Verifies the signature under the key that the header names. The caller checks the claims.
pub(crate) fn verify<'k, C: DeserializeOwned>(
    token: &Secret,
    find: impl FnOnce(&str) -> Option<&'k PublicKey>,
) -> Result<C, TokenError> {
    let kid = header::kid(token, ALGORITHM)?;
    let key = find(&kid).ok_or(TokenError::UnknownKey)?;
    let key =
        DecodingKey::from_rsa_components(key.n(), key.e()).map_err(|_| TokenError::Invalid)?;
    let mut validation = Validation::new(ALGORITHM);
    validation.required_spec_claims = HashSet::new();
    validation.validate_exp = false;
    validation.validate_aud = false;
    jsonwebtoken::decode::<C>(token.expose(), &key, &validation)
        .map(|data| data.claims)
        .map_err(|_| TokenError::Invalid)
}
