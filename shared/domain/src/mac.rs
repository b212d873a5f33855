//! Keyed digests.

use hmac::digest::Output;
use hmac::{Hmac, KeyInit, Mac, SimpleHmac};
use sha2::{Sha256, Sha512};
use sha3::Sha3_512;

use crate::key::KeyBytes;

/// HMAC-SHA256 of the parts, one after the other.
pub(crate) fn sha256(key: &KeyBytes, parts: &[&[u8]]) -> Output<Hmac<Sha256>> {
    mac::<Hmac<Sha256>>(key, parts)
}

/// HMAC-SHA-512 of the parts, one after the other.
pub(crate) fn sha512(key: &KeyBytes, parts: &[&[u8]]) -> Output<Hmac<Sha512>> {
    mac::<Hmac<Sha512>>(key, parts)
}

/// HMAC-SHA3-512 of the parts, one after the other.
pub(crate) fn sha3_512(key: &KeyBytes, parts: &[&[u8]]) -> Output<SimpleHmac<Sha3_512>> {
    mac::<SimpleHmac<Sha3_512>>(key, parts)
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104 §2)")]
fn mac<M: Mac + KeyInit>(key: &KeyBytes, parts: &[&[u8]]) -> Output<M> {
    let mac = <M as KeyInit>::new_from_slice(key.expose()).expect("any length");
    parts.iter().fold(mac, Mac::chain_update).finalize().into_bytes()
}
