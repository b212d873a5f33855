//! The access token of a partner, which acts for one organization and one of its users.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::TokenError;
use super::jwks::PublishedKeys;
use super::rs256;
pub use super::rs256::NotSigned;
use super::signing_key::SigningKey;
use super::times::{self, Times};
use crate::id::{OrganizationId, PartnerId, TokenId, UserId};
use crate::scope::Scopes;
use crate::secret::Secret;
use crate::time::Timestamp;

/// How long a token is valid (partner contract: 6 hours).
pub const LIFETIME: Duration = Duration::from_hours(6);

const ISSUER: &str = "postern";

/// The claims of the partner contract, and three registered ones that JWT libraries look for
/// (RFC 7519 §4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The organization that the partner acts for.
    pub organization_id: OrganizationId,
    /// The partner.
    pub partner_id: PartnerId,
    /// The user that the partner acts for.
    pub user_id: UserId,
    /// What the partner may do.
    pub scope: Scopes,
    iss: String,
    /// The user, again.
    sub: UserId,
    /// The id of the token, for audit.
    pub jti: String,
    iat: i64,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
}

impl Claims {
    /// The claims of a token that is issued now.
    pub fn new(
        partner_id: PartnerId,
        organization_id: OrganizationId,
        user_id: UserId,
        scope: Scopes,
        now: Timestamp,
    ) -> Self {
        let (iat, exp) = (now.seconds(), now.plus(LIFETIME).seconds());
        Self {
            organization_id,
            partner_id,
            sub: user_id.clone(),
            user_id,
            scope,
            iss: ISSUER.to_owned(),
            jti: TokenId::random().as_str().to_owned(),
            iat,
            exp,
            nbf: None,
        }
    }

    /// When the token was issued, rounded down to a second.
    pub fn issued_at(&self) -> Timestamp {
        Timestamp::from_seconds(self.iat)
    }

    fn judged(self, now: Timestamp) -> Result<Self, TokenError> {
        let is_ours = self.iss == ISSUER && self.sub == self.user_id;
        let is_early = self.nbf.is_some_and(|nbf| times::is_future(nbf, now));
        if !is_ours || is_early {
            return Err(TokenError::Invalid);
        }
        Times { iat: self.iat, exp: self.exp }.judge(LIFETIME, now)?;
        Ok(self)
    }
}

/// Signs the claims. The header names the key as `kid`.
pub fn sign(claims: &Claims, key: &SigningKey) -> Result<Secret, NotSigned> {
    rs256::sign(claims, key)
}

/// Verifies signature, issuer and times. `exp` has no leeway, since we issued it ourselves, and is at most six
/// hours after `iat`. `iat` and `nbf` are at most a minute in the future.
pub fn verify(token: &Secret, keys: &PublishedKeys, now: Timestamp) -> Result<Claims, TokenError> {
    let claims: Claims = rs256::verify(token, |kid| keys.find(kid, now))?;
    claims.judged(now)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use serde_json::{Value, json};

    use super::*;
    use crate::scope::Scope;
    use crate::token::jwks::PublishedKey;
    use crate::token::signing_ring::SigningRing;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    static RING: LazyLock<SigningRing> = LazyLock::new(|| SigningRing::first().unwrap());

    fn published(ring: &SigningRing) -> PublishedKeys {
        let published =
            |key: &SigningKey| PublishedKey { key: key.public().clone(), retires_at: None };
        ring.keys().map(published).collect()
    }

    fn issued() -> Claims {
        Claims::new(
            PartnerId::parse("p").unwrap(),
            OrganizationId::parse("o").unwrap(),
            UserId::parse("u").unwrap(),
            Scopes::from_iter([Scope::CreatePatient]),
            NOW,
        )
    }

    fn claims() -> Claims {
        Claims { jti: "j".to_owned(), ..issued() }
    }

    fn signed(claims: &impl Serialize) -> Secret {
        rs256::sign(claims, RING.signer(NOW).unwrap()).unwrap()
    }

    fn judge(claims: &Value) -> Result<Claims, TokenError> {
        verify(&signed(claims), &published(&RING), NOW)
    }

    fn with(claim: &str, value: impl Into<Value>) -> Value {
        let mut claims = serde_json::to_value(claims()).unwrap();
        claims[claim] = value.into();
        claims
    }

    #[test]
    fn a_token_has_the_claims_of_the_contract_and_those_that_libraries_look_for() {
        assert_eq!(
            serde_json::to_value(claims()).unwrap(),
            json!({
                "organization_id": "o", "partner_id": "p", "user_id": "u",
                "scope": ["create:patient"], "iat": 1_000_000, "exp": 1_021_600,
                "iss": "postern", "sub": "u", "jti": "j",
            })
        );
        assert_ne!(issued().jti, issued().jti, "a token has an id of its own");
    }

    #[test]
    fn a_token_is_good_until_its_last_second() {
        let token = sign(&claims(), RING.signer(NOW).unwrap()).unwrap();
        let at = |seconds| verify(&token, &published(&RING), Timestamp::from_seconds(seconds));
        assert_eq!(at(1_021_599), Ok(claims()));
        assert_eq!(at(1_021_600), Err(TokenError::Expired));
        assert_eq!(at(999_940), Ok(claims()), "a clock that is a minute behind");
        assert_eq!(at(999_939), Err(TokenError::Invalid));
    }

    #[test]
    fn an_unknown_key_is_reported_apart_from_a_bad_signature() {
        let token = sign(&claims(), RING.signer(NOW).unwrap()).unwrap();
        let other = SigningRing::first().unwrap();
        assert_eq!(verify(&token, &published(&other), NOW), Err(TokenError::UnknownKey));
        let cut = token.expose().len() - 4;
        let broken = Secret::new(format!("{}AAAA", &token.expose()[..cut]));
        assert_eq!(verify(&broken, &published(&RING), NOW), Err(TokenError::Invalid));
    }

    #[test]
    fn a_token_without_a_claim_or_with_an_impossible_one_is_refused() {
        let good = serde_json::to_value(claims()).unwrap();
        assert_eq!(good.as_object().unwrap().len(), 9);
        for claim in good.as_object().unwrap().keys() {
            let mut bad = good.clone();
            bad.as_object_mut().unwrap().remove(claim);
            assert_eq!(judge(&bad), Err(TokenError::Invalid), "without {claim}");
            assert_eq!(judge(&with(claim, Value::Null)), Err(TokenError::Invalid), "{claim} null");
        }
        for (claim, value) in [
            ("exp", json!(1_021_601)),
            ("exp", json!(i64::MAX)),
            ("exp", json!("never")),
            ("iat", json!(1_000_061)),
            ("iat", json!(i64::MIN)),
            ("nbf", json!(1_000_061)),
            ("organization_id", json!("a#b")),
            ("organization_id", json!(["o"])),
            ("scope", json!(7)),
            ("iss", json!("ada-backend")),
            ("iss", json!(["postern"])),
            ("sub", json!("another user")),
            ("sub", json!("p")),
            ("jti", json!(7)),
        ] {
            assert_eq!(
                judge(&with(claim, value.clone())),
                Err(TokenError::Invalid),
                "{claim} {value}"
            );
        }
        assert_eq!(judge(&with("exp", 999_999)), Err(TokenError::Expired));
        assert_eq!(judge(&with("exp", -1)), Err(TokenError::Expired));
    }

    #[test]
    fn scopes_are_read_in_either_form() {
        for scope in [json!(["create:patient"]), json!("create:patient"), json!("CREATE_PATIENT x")]
        {
            assert_eq!(judge(&with("scope", scope)).map(|claims| claims.scope), Ok(claims().scope));
        }
        assert!(judge(&with("nbf", 1_000_060)).is_ok());
    }
}
