//! The access token of a password login: a JWT for one API, one organization and one user.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::TokenError;
use super::hs512::{self, Expected};
use super::times::Times;
use crate::id::{ApiName, OrganizationId, TokenId, UserId};
use crate::key::KeyRing;
use crate::secret::Secret;
use crate::time::Timestamp;
use crate::user::User;

/// How long a token is valid, unless the deployment says otherwise. A client can't renew it: with
/// minutes, users would log in all day; with days, a token would survive changes of a user's rights.
pub const DEFAULT_LIFETIME: Duration = Duration::from_hours(1);

const ISSUER: &str = "postern";

/// The claims of a token. They contain no personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    /// The user who logged in.
    pub sub: UserId,
    /// The user's organization. The `organization` header of every call must name the same one.
    pub organization: OrganizationId,
    /// The API that accepts the token.
    pub aud: ApiName,
    iat: i64,
    exp: i64,
    /// The id of the token, for audit.
    pub jti: String,
}

impl Claims {
    /// The claims of a token that is issued now.
    pub fn new(user: &User, api: &ApiName, lifetime: Duration, now: Timestamp) -> Self {
        Self {
            iss: ISSUER.to_owned(),
            sub: user.id.clone(),
            organization: user.organization.clone(),
            aud: api.clone(),
            iat: now.seconds(),
            exp: now.plus(lifetime).seconds(),
            jti: TokenId::random().as_str().to_owned(),
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

/// Verifies signature, issuer, audience and times. A token that lives longer than `lifetime`, which is
/// that of new tokens, or whose `iat` is more than the leeway in the future, is refused.
pub fn verify(
    token: &Secret,
    api: &ApiName,
    keys: &KeyRing,
    lifetime: Duration,
    now: Timestamp,
) -> Result<Claims, TokenError> {
    let expected = Expected { issuer: ISSUER, audience: Some(api.as_str()) };
    let claims: Claims = hs512::verify(token, keys, &expected)?;
    Times { iat: claims.iat, exp: claims.exp }.judge(lifetime, now)?;
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUED: Timestamp = Timestamp::from_seconds(1000);
    const HOUR: Duration = Duration::from_hours(1);

    fn keys(kid: &str, letter: &str) -> KeyRing {
        serde_json::from_str(&format!(r#"{{"kid":"{kid}","key":"{}"}}"#, letter.repeat(88)))
            .unwrap()
    }

    fn api(name: &str) -> ApiName {
        ApiName::parse(name).unwrap()
    }

    fn claims() -> Claims {
        Claims {
            iss: "postern".into(),
            sub: UserId::parse("u").unwrap(),
            organization: OrganizationId::parse("o").unwrap(),
            aud: api("patient"),
            iat: ISSUED.seconds(),
            exp: 4600,
            jti: "j".into(),
        }
    }

    #[test]
    fn a_token_is_good_until_its_last_second_and_for_one_api() {
        let keys = keys("a", "A");
        let token = sign(&claims(), &keys).unwrap();
        let at = |api: &ApiName, seconds| {
            let now = Timestamp::from_seconds(seconds);
            verify(&token, api, &keys, HOUR, now)
        };
        assert_eq!(at(&api("patient"), 4599), Ok(claims()));
        assert_eq!(at(&api("patient"), 4600), Err(TokenError::Expired));
        for other in ["Patient", "crm", "patien"] {
            assert_eq!(at(&api(other), 1000), Err(TokenError::Invalid));
        }
    }

    #[test]
    fn a_token_may_live_as_long_as_the_deployment_says() {
        let keys = keys("a", "A");
        let token = sign(&claims(), &keys).unwrap();
        let bounded = |seconds| {
            let lifetime = Duration::from_secs(seconds);
            verify(&token, &api("patient"), &keys, lifetime, ISSUED).map(drop)
        };
        assert_eq!((bounded(3600), bounded(7200)), (Ok(()), Ok(())));
        assert_eq!(bounded(3599), Err(TokenError::Invalid));
        assert_eq!(DEFAULT_LIFETIME.as_secs(), 3600);
    }

    #[test]
    fn an_unknown_key_is_reported_apart_from_a_bad_signature() {
        let token = sign(&claims(), &keys("a", "A")).unwrap();
        let under = |keys: &KeyRing| verify(&token, &api("patient"), keys, HOUR, ISSUED);
        assert_eq!(under(&keys("b", "A")), Err(TokenError::UnknownKey));
        assert_eq!(under(&keys("a", "B")), Err(TokenError::Invalid));
    }

    #[test]
    fn a_token_without_a_claim_or_with_another_value_is_refused() {
        let keys = keys("a", "A");
        let good = serde_json::to_value(claims()).unwrap();
        let verdict = |claims: &serde_json::Value| {
            let token = hs512::sign(claims, &keys).unwrap();
            verify(&token, &api("patient"), &keys, HOUR, ISSUED)
        };
        assert_eq!(verdict(&good), Ok(claims()));
        for (claim, value) in [
            ("iss", "ada-backend".into()),
            ("exp", "never".into()),
            ("exp", 4601.into()),
            ("exp", i64::MAX.into()),
            ("iat", 999.into()),
            ("iat", 1061.into()),
            ("iat", i64::MIN.into()),
            ("aud", serde_json::json!(["patient"])),
            ("organization", "a#b".into()),
        ] {
            let mut bad = good.clone();
            bad[claim] = value;
            assert_eq!(verdict(&bad), Err(TokenError::Invalid), "{claim}");
        }
        for claim in good.as_object().unwrap().keys() {
            let mut bad = good.clone();
            bad.as_object_mut().unwrap().remove(claim);
            assert_eq!(verdict(&bad), Err(TokenError::Invalid), "without {claim}");
        }
    }
}
