//! PBKDF2 (RFC 8018 §5.2): `$pbkdf2-sha256$i=600000,l=32$salt$digest` (PHC), `$pbkdf2-sha256$29000$…`
//! (passlib; `$pbkdf2$` is SHA-1), `pbkdf2_sha256$1000000$salt$digest` (Django, whose salt is text).

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;

use super::{bytes, parameter};

#[derive(Clone, Copy)]
enum Prf {
    Sha1,
    Sha256,
    Sha512,
}

pub(in crate::password) struct Hash {
    prf: Prf,
    pub(super) iterations: NonZeroU32,
    pub(super) salt: Vec<u8>,
    pub(super) digest: Vec<u8>,
}

impl Hash {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_phc = text.starts_with('$');
        let mut parts = text.trim_start_matches('$').split('$');
        let prf = match parts.next()? {
            "pbkdf2" | "pbkdf2-sha1" | "pbkdf2_sha1" => Prf::Sha1,
            "pbkdf2-sha256" | "pbkdf2_sha256" => Prf::Sha256,
            "pbkdf2-sha512" | "pbkdf2_sha512" => Prf::Sha512,
            _ => return None,
        };
        let parameters = parts.next()?;
        let iterations = parameter(parameters, "i").unwrap_or(parameters).parse().ok()?;
        let (salt, digest) = (parts.next()?, bytes(parts.next()?)?);
        let salt = if is_phc { bytes(salt)? } else { salt.as_bytes().to_vec() };
        let length = parameter(parameters, "l").map(str::parse::<usize>);
        let is_whole = length.is_none_or(|length| length == Ok(digest.len()));
        let is_end = parts.next().is_none() && !digest.is_empty();
        (is_whole && is_end).then_some(Self { prf, iterations, salt, digest })
    }

    pub(super) fn microseconds(&self) -> u64 {
        let (nanoseconds, length) = match self.prf {
            Prf::Sha1 => (250, 20),
            Prf::Sha256 => (250, 32),
            Prf::Sha512 => (1000, 64),
        };
        let blocks = self.digest.len().div_ceil(length) as u64;
        u64::from(self.iterations.get()) * blocks * nanoseconds / 1000
    }

    pub(super) fn of(&self, password: &[u8]) -> Vec<u8> {
        let algorithm = match self.prf {
            Prf::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Prf::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Prf::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        };
        let mut digest = vec![0; self.digest.len()];
        pbkdf2::derive(algorithm, self.iterations, &self.salt, password, &mut digest);
        digest
    }
}
