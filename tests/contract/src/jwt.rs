//! JSON web tokens, written down again from RFC 7515 and RFC 7519: the library that issues and
//! checks them in production must not be the one that judges it.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
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
    pub fn from_secret(secret: &Value) -> Self {
        let text = |name: &str| secret[name].as_str().expect("kid and key");
        let bytes = URL_SAFE_NO_PAD.decode(text("key")).expect("base64url without padding");
        assert!(bytes.len() >= 64, "RFC 7518 §3.2: HS512 wants a key of at least 64 bytes");
        Self { kid: text("kid").to_owned(), bytes }
    }

    /// A key that nobody else has, under the same name.
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

/// An RSA key pair and its name.
#[derive(Debug)]
pub struct RsaKey {
    /// What the header of a token calls it.
    pub kid: String,
    pair: KeyPair,
}

impl RsaKey {
    /// Reads the first of `{"keys": [{"kid", "key"}]}`, PKCS#8 in base64url.
    pub fn from_secret(secret: &Value) -> Self {
        let text = |name: &str| secret["keys"][0][name].as_str().expect("kid and key");
        let der = URL_SAFE_NO_PAD.decode(text("key")).expect("base64url without padding");
        let pair = KeyPair::from_pkcs8(&der).expect("an RSA key");
        assert!(pair.public_modulus_len() >= 256, "RFC 7518 §3.3: 2048 bits or more");
        Self { kid: text("kid").to_owned(), pair }
    }

    /// A key that nobody else has, under the same name.
    pub fn impostor(&self) -> Self {
        Self { kid: self.kid.clone(), pair: KeyPair::generate(KeySize::Rsa2048).expect("a key") }
    }

    /// The public key as an HMAC key: what an algorithm confusion would verify with.
    pub fn public_as_hmac(&self) -> Key {
        Key { kid: self.kid.clone(), bytes: self.pair.public_key().as_ref().to_vec() }
    }

    fn rs256(&self, input: &str) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = SystemRandom::new();
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &random, input.as_bytes(), &mut signature);
        signed.expect("a signature");
        signature
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
    pub fn read(compact: &str, key: &Key) -> Self {
        let (input, signature) = compact.rsplit_once('.').expect("three parts");
        assert_eq!(signature, URL_SAFE_NO_PAD.encode(key.hs512(input)), "not signed by that key");
        Self::parts(input)
    }

    /// Takes a partner's token apart whose signature must be right: PKCS#1 v1.5 has but one for a text.
    pub fn read_rs256(compact: &str, key: &RsaKey) -> Self {
        let (input, signature) = compact.rsplit_once('.').expect("three parts");
        assert_eq!(signature, URL_SAFE_NO_PAD.encode(key.rs256(input)), "not signed by that key");
        Self::parts(input)
    }

    fn parts(input: &str) -> Self {
        let (header, claims) = input.split_once('.').expect("three parts");
        let part = |part| {
            let json = URL_SAFE_NO_PAD.decode(part).expect("base64url");
            serde_json::from_slice(&json).expect("JSON")
        };
        Self { header: part(header), claims: part(claims) }
    }

    /// The same token with another header parameter.
    pub fn with_header(&self, name: &str, value: impl Into<Value>) -> Self {
        let mut token = self.clone();
        token.header[name] = value.into();
        token
    }

    /// The same token with another claim.
    pub fn with_claim(&self, name: &str, value: impl Into<Value>) -> Self {
        let mut token = self.clone();
        token.claims[name] = value.into();
        token
    }

    /// The same token without a claim.
    pub fn without_claim(&self, name: &str) -> Self {
        let mut token = self.clone();
        let removed = token.claims.as_object_mut().and_then(|claims| claims.remove(name));
        assert!(removed.is_some(), "there was no {name} to leave out");
        token
    }

    /// The same token without a header parameter.
    pub fn without_header(&self, name: &str) -> Self {
        let mut token = self.clone();
        let removed = token.header.as_object_mut().and_then(|header| header.remove(name));
        assert!(removed.is_some(), "there was no {name} to leave out");
        token
    }

    /// A claim that is a whole number.
    pub fn number(&self, claim: &str) -> i64 {
        self.claims[claim].as_i64().unwrap_or_else(|| panic!("{claim} of {}", self.claims))
    }

    /// Signed as production signs.
    pub fn signed(&self, key: &Key) -> String {
        self.sealed(|input| key.hs512(input))
    }

    /// Signed by HMAC with SHA-256.
    pub fn signed_hs256(&self, key: &Key) -> String {
        self.sealed(|input| key.hs256(input))
    }

    /// Signed by HMAC with SHA-384.
    pub fn signed_hs384(&self, key: &Key) -> String {
        self.sealed(|input| key.hs384(input))
    }

    /// Signed as production signs partners' tokens.
    pub fn signed_rs256(&self, key: &RsaKey) -> String {
        self.sealed(|input| key.rs256(input))
    }

    /// Not signed at all.
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
