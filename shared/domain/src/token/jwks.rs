//! The public keys that verify the partner surface's tokens, as a JWK Set (RFC 7517).

use std::time::Duration;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::encoding;
use crate::time::Timestamp;

/// An RSA public key. Its `kid` is its thumbprint (RFC 7638), so that no two keys have the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    kid: String,
    n: String,
    e: String,
}

impl PublicKey {
    /// Takes modulus and exponent, each as base64url of its big-endian bytes (RFC 7518 §6.3.1).
    pub fn new(n: impl Into<String>, e: impl Into<String>) -> Self {
        let (n, e) = (n.into(), e.into());
        // RFC 7638 §3.2: the required members, in this order, without white space.
        let canonical = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        let kid = encoding::base64url(&Sha256::digest(canonical.as_bytes()));
        Self { kid, n, e }
    }

    /// The thumbprint.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The modulus.
    pub fn n(&self) -> &str {
        &self.n
    }

    /// The exponent.
    pub fn e(&self) -> &str {
        &self.e
    }
}

/// A published key. It stays published until no token that it signed is valid any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedKey {
    /// The key.
    pub key: PublicKey,
    /// First instant at which the key verifies no token any more; `None` while it may still sign.
    pub retires_at: Option<Timestamp>,
}

/// How long a retired key stays in the item. Until then, a late copy of its publication changes nothing.
const TOMBSTONE: Duration = Duration::from_hours(1);

/// All published keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishedKeys(Vec<PublishedKey>);

#[derive(Serialize)]
struct JwkSet<'k> {
    keys: Vec<Jwk<'k>>,
}

#[derive(Serialize)]
struct Jwk<'k> {
    kty: &'static str,
    r#use: &'static str,
    alg: &'static str,
    kid: &'k str,
    n: &'k str,
    e: &'k str,
}

impl<'k> From<&'k PublicKey> for Jwk<'k> {
    fn from(PublicKey { kid, n, e }: &'k PublicKey) -> Self {
        Self { kty: "RSA", r#use: "sig", alg: "RS256", kid, n, e }
    }
}

impl PublishedKeys {
    /// The key with this id, unless it is retired.
    pub fn find(&self, kid: &str, now: Timestamp) -> Option<&PublicKey> {
        self.active(now).find(|key| key.kid == kid)
    }

    /// The retired keys that may be removed from the item.
    pub fn removable(&self, now: Timestamp) -> impl Iterator<Item = &PublicKey> {
        let is_over = move |at: Timestamp| at.plus(TOMBSTONE) <= now;
        self.0.iter().filter(move |it| it.retires_at.is_some_and(is_over)).map(|it| &it.key)
    }

    /// The JWK Set of every key that is not retired.
    pub fn jwk_set(&self, now: Timestamp) -> Result<String, serde_json::Error> {
        serde_json::to_string(&JwkSet { keys: self.active(now).map(Jwk::from).collect() })
    }

    /// The keys that verify until somebody retires them.
    pub fn endless(&self) -> impl Iterator<Item = &PublicKey> {
        self.0.iter().filter(|it| it.retires_at.is_none()).map(|it| &it.key)
    }

    /// The keys that verify.
    pub fn active(&self, now: Timestamp) -> impl Iterator<Item = &PublicKey> {
        self.0.iter().filter(move |published| !is_retired(published, now)).map(|it| &it.key)
    }
}

fn is_retired(published: &PublishedKey, now: Timestamp) -> bool {
    published.retires_at.is_some_and(|at| at <= now)
}

/// Sorted by key id, so that the same keys give the same bytes everywhere.
impl FromIterator<PublishedKey> for PublishedKeys {
    fn from_iter<I: IntoIterator<Item = PublishedKey>>(keys: I) -> Self {
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort_by(|one, other| one.key.kid.cmp(&other.key.kid));
        Self(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7638 §3.1.
    const N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

    #[test]
    fn a_key_is_named_by_its_thumbprint() {
        let key = PublicKey::new(N, "AQAB");
        assert_eq!(key.kid(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn a_retired_key_is_neither_found_nor_shown() {
        let at = Timestamp::from_seconds;
        let (old, new) = (PublicKey::new("old", "AQAB"), PublicKey::new("new", "AQAB"));
        let keys: PublishedKeys = [
            PublishedKey { key: old.clone(), retires_at: Some(at(10)) },
            PublishedKey { key: new.clone(), retires_at: None },
        ]
        .into_iter()
        .collect();
        assert_eq!(keys.find(old.kid(), at(9)), Some(&old));
        assert_eq!(keys.find(old.kid(), at(10)), None);
        assert_eq!(keys.active(at(10)).collect::<Vec<_>>(), [&new]);
        assert_eq!(keys.removable(at(3609)).count(), 0);
        assert_eq!(keys.removable(at(3610)).collect::<Vec<_>>(), [&old]);
        assert!(keys.jwk_set(at(9)).unwrap().contains(r#""n":"old""#));
        let expected = format!(
            r#"{{"keys":[{{"kty":"RSA","use":"sig","alg":"RS256","kid":"{}","n":"new","e":"AQAB"}}]}}"#,
            new.kid()
        );
        assert_eq!(keys.jwk_set(at(10)).unwrap(), expected);
        assert_eq!(keys.find("", at(0)), None);
    }
}
