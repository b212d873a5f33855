//! LDAP's salted SHA, as `OpenLDAP`'s slapd has it: `{SSHA}` and base64 of digest and salt.

use aws_lc_rs::digest::{Algorithm, Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};

use super::bytes;

pub(in crate::password) struct Hash {
    algorithm: &'static Algorithm,
    pub(super) salt: Vec<u8>,
    pub(super) digest: Vec<u8>,
}

impl Hash {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, encoded) = text.strip_prefix('{')?.split_once('}')?;
        let algorithm = match scheme.to_ascii_uppercase().as_str() {
            "SSHA" => &SHA1_FOR_LEGACY_USE_ONLY,
            "SSHA256" => &SHA256,
            "SSHA384" => &SHA384,
            "SSHA512" => &SHA512,
            _ => return None,
        };
        let bytes = bytes(encoded)?;
        let (digest, salt) = bytes.split_at_checked(algorithm.output_len())?;
        Some(Self { algorithm, salt: salt.to_vec(), digest: digest.to_vec() })
    }

    pub(super) fn of(&self, password: &[u8]) -> Vec<u8> {
        let mut context = Context::new(self.algorithm);
        context.update(password);
        context.update(&self.salt);
        context.finish().as_ref().to_vec()
    }
}
