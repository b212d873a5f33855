//! The portal's access token: a JWT that lives for fifteen minutes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::TokenError;
use super::hs512::{self, Expected};
use super::times::Times;
use crate::id::{FamilyId, OrganizationId, UserId};
use crate::key::KeyRing;
use crate::secret::Secret;
use crate::time::Timestamp;

/// How long an access token is valid (portal contract: 900 s).
pub const LIFETIME: Duration = Duration::from_mins(15);

const ISSUER: &str = "ada-backend";

/// The claims of an access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claims {
    /// The signed-in user.
    pub user_id: UserId,
    /// The user's organization. Every call compares it with that of the API key.
    pub organization_id: OrganizationId,
    /// Distinguishes portal tokens from those of other surfaces.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The user's role at the time of issue.
    pub role: String,
    /// The user's access role at the time of issue.
    pub organization_access_role: String,
    iss: String,
    iat: i64,
    exp: i64,
    /// The family of refresh tokens that the token was issued with, for audit.
    pub sid: String,
}

/// The surface that a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The patient portal.
    PatientPortal,
}

impl Claims {
    /// The claims of a token that is issued now.
    pub fn new(user: &crate::user::User, family: &FamilyId, now: Timestamp) -> Self {
        Self {
            user_id: user.id.clone(),
            organization_id: user.organization.clone(),
            kind: Kind::PatientPortal,
            role: user.role.clone(),
            organization_access_role: user.access_role.clone(),
            iss: ISSUER.to_owned(),
            iat: now.seconds(),
            exp: now.plus(LIFETIME).seconds(),
            sid: family.as_str().to_owned(),
        }
    }

    /// When the token was issued, rounded down to a second.
    pub fn issued_at(&self) -> Timestamp {
        Timestamp::from_seconds(self.iat)
    }
}

/// Signs with the current key; the header names it as `kid`.
pub fn sign(claims: &Claims, keys: &KeyRing) -> Result<Secret, jsonwebtoken::errors::Error> {
    hs512::sign(claims, keys)
}

/// Verifies signature, issuer, type and times. Refuses a token that lives longer than [`LIFETIME`], or
/// whose `iat` is more than the leeway in the future: we issue no such token.
pub fn verify(token: &Secret, keys: &KeyRing, now: Timestamp) -> Result<Claims, TokenError> {
    let claims: Claims = hs512::verify(token, keys, &Expected { issuer: ISSUER, audience: None })?;
    Times { iat: claims.iat, exp: claims.exp }.judge(LIFETIME, now)?;
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(kid: &str, letter: &str) -> Result<KeyRing, serde_json::Error> {
        serde_json::from_str(&format!(r#"{{"kid":"{kid}","key":"{}"}}"#, letter.repeat(88)))
    }

    fn claims(now: Timestamp) -> Result<Claims, crate::id::InvalidId> {
        Ok(Claims {
            user_id: UserId::parse("u")?,
            organization_id: OrganizationId::parse("o")?,
            kind: Kind::PatientPortal,
            role: "PATIENT".into(),
            organization_access_role: "MEMBER".into(),
            iss: "ada-backend".into(),
            iat: now.seconds(),
            exp: now.seconds() + 900,
            sid: "f".into(),
        })
    }

    #[test]
    fn a_token_is_good_until_its_last_second() -> Result<(), Box<dyn std::error::Error>> {
        let (keys, issued) = (keys("a", "A")?, Timestamp::from_seconds(1000));
        let token = sign(&claims(issued)?, &keys)?;
        let at = |seconds| verify(&token, &keys, Timestamp::from_seconds(seconds));
        assert_eq!(at(1899)?, claims(issued)?);
        assert_eq!(at(1900), Err(TokenError::Expired));
        Ok(())
    }

    #[test]
    fn an_unknown_key_is_reported_apart_from_a_bad_signature()
    -> Result<(), Box<dyn std::error::Error>> {
        let now = Timestamp::from_seconds(1000);
        let token = sign(&claims(now)?, &keys("a", "A")?)?;
        assert_eq!(verify(&token, &keys("b", "A")?, now), Err(TokenError::UnknownKey));
        assert_eq!(verify(&token, &keys("a", "B")?, now), Err(TokenError::Invalid));
        Ok(())
    }

    #[test]
    fn a_token_without_a_claim_or_with_another_value_is_refused()
    -> Result<(), Box<dyn std::error::Error>> {
        let (keys, now) = (keys("a", "A")?, Timestamp::from_seconds(1000));
        let good = serde_json::to_value(claims(now)?)?;
        let verdict = |claims: &serde_json::Value| -> Result<_, jsonwebtoken::errors::Error> {
            let token = hs512::sign(claims, &keys)?;
            Ok(verify(&token, &keys, now))
        };
        assert!(verdict(&good)?.is_ok());
        for (claim, value) in [
            ("type", "staff".into()),
            ("iss", "somebody".into()),
            ("exp", "never".into()),
            ("exp", 1901.into()),
            ("exp", i64::MAX.into()),
            ("iat", 999.into()),
            ("iat", 1061.into()),
            ("iat", i64::MIN.into()),
            ("iat", "now".into()),
        ] {
            let mut bad: serde_json::Value = good.clone();
            bad[claim] = value;
            assert_eq!(verdict(&bad)?, Err(TokenError::Invalid), "{claim}");
        }
        for claim in good.as_object().into_iter().flat_map(|object| object.keys()) {
            let mut bad = good.clone();
            bad.as_object_mut().map(|object| object.remove(claim));
            assert_eq!(verdict(&bad)?, Err(TokenError::Invalid), "without {claim}");
        }
        Ok(())
    }
}
