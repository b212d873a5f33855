//! JSON web tokens, written down again from RFC 7515 and RFC 7519: the library that issues and
//! checks them in production must not be the one that judges it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Sha256, Sha384, Sha512};

/// A symmetric key and its name.
#[derive(Clone, Debug)]
pub struct Key {
    /// What the header of a token calls it.
    pub kid: String,
    bytes: Vec<u8>,
}

impl Key {
    /// Reads `{"kid", "key"}`.
    #[must_use]
    pub fn from_secret(secret: &Value) -> Self {
        let text = |name: &str| secret[name].as_str().expect("kid and key");
        let bytes = URL_SAFE_NO_PAD.decode(text("key")).expect("base64url without padding");
        assert!(bytes.len() >= 64, "RFC 7518 §3.2: HS512 wants a key of at least 64 bytes");
        Self { kid: text("kid").to_owned(), bytes }
    }

    /// A key that nobody else has, under the same name.
    #[must_use]
    pub fn impostor(&self) -> Self {
        Self { kid: self.kid.clone(), bytes: vec![7; 64] }
    }

    fn hs256(&self, input: &str) -> Vec<u8> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.bytes).expect("any length");
        mac.chain_update(input).finalize().into_bytes().to_vec()
    }

    fn hs384(&self, input: &str) -> Vec<u8> {
        let mac = Hmac::<Sha384>::new_from_slice(&self.bytes).expect("any length");
        mac.chain_update(input).finalize().into_bytes().to_vec()
    }

    fn hs512(&self, input: &str) -> Vec<u8> {
        let mac = Hmac::<Sha512>::new_from_slice(&self.bytes).expect("any length");
        mac.chain_update(input).finalize().into_bytes().to_vec()
    }
}

/// A token taken apart.
#[derive(Clone, Debug)]
pub struct Token {
    /// The JOSE header.
    pub header: Value,
    /// The claims.
    pub claims: Value,
}

impl Token {
    /// Takes a token apart whose signature must be right.
    #[must_use]
    pub fn read(compact: &str, key: &Key) -> Self {
        let (input, signature) = compact.rsplit_once('.').expect("three parts");
        assert_eq!(signature, URL_SAFE_NO_PAD.encode(key.hs512(input)), "not signed by that key");
        let (header, claims) = input.split_once('.').expect("three parts");
        let part = |part| {
            let json = URL_SAFE_NO_PAD.decode(part).expect("base64url");
            serde_json::from_slice(&json).expect("JSON")
        };
        Self { header: part(header), claims: part(claims) }
    }

    /// The same token with another header parameter.
    #[must_use]
    pub fn with_header(&self, name: &str, value: impl Into<Value>) -> Self {
        let mut token = self.clone();
        token.header[name] = value.into();
        token
    }

    /// The same token with another claim.
    #[must_use]
    pub fn with_claim(&self, name: &str, value: impl Into<Value>) -> Self {
        let mut token = self.clone();
        token.claims[name] = value.into();
        token
    }

    /// The same token without a claim.
    #[must_use]
    pub fn without_claim(&self, name: &str) -> Self {
        let mut token = self.clone();
        let removed = token.claims.as_object_mut().and_then(|claims| claims.remove(name));
        assert!(removed.is_some(), "there was no {name} to leave out");
        token
    }

    /// The same token without a header parameter.
    #[must_use]
    pub fn without_header(&self, name: &str) -> Self {
        let mut token = self.clone();
        let removed = token.header.as_object_mut().and_then(|header| header.remove(name));
        assert!(removed.is_some(), "there was no {name} to leave out");
        token
    }

    /// A claim that is a whole number.
    #[must_use]
    pub fn number(&self, claim: &str) -> i64 {
        self.claims[claim].as_i64().unwrap_or_else(|| panic!("{claim} of {}", self.claims))
    }

    /// Signed as production signs.
    #[must_use]
    pub fn signed(&self, key: &Key) -> String {
        self.sealed(|input| key.hs512(input))
    }

    /// Signed by HMAC with SHA-256.
    #[must_use]
    pub fn signed_hs256(&self, key: &Key) -> String {
        self.sealed(|input| key.hs256(input))
    }

    /// Signed by HMAC with SHA-384.
    #[must_use]
    pub fn signed_hs384(&self, key: &Key) -> String {
        self.sealed(|input| key.hs384(input))
    }

    /// Not signed at all.
    #[must_use]
    pub fn unsigned(&self) -> String {
        self.sealed(|_| Vec::new())
    }

    fn sealed(&self, signature: impl Fn(&str) -> Vec<u8>) -> String {
        let part = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let input = format!("{}.{}", part(&self.header), part(&self.claims));
        let signature = URL_SAFE_NO_PAD.encode(signature(&input));
        format!("{input}.{signature}")
    }
}
