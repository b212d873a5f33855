//! Firebase's scrypt: the project's signer key, encrypted under the key that scrypt derives. Supabase
//! Auth writes `$fbscrypt$v=1,n=14,r=8,p=1,ss=<separator>,sk=<signer key>$salt$digest`, Kratos
//! `$firescrypt$ln=14,r=8,p=1$salt$digest$separator$signer key`.

use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;

use super::scrypt::Cost;
use super::{bytes, parameter};

const KEY_BYTES: usize = 32;

pub(in crate::password) struct Hash {
    cost: Cost,
    separator: Vec<u8>,
    signer_key: Vec<u8>,
    pub(super) salt: Vec<u8>,
    pub(super) digest: Vec<u8>,
}

impl Hash {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let parts: Vec<_> = text.split('$').skip(1).collect();
        let [name, parameters, salt, digest, rest @ ..] = parts.as_slice() else { return None };
        let of = |name| parameter(parameters, name);
        let (log_n, separator, signer_key) = match (*name, rest) {
            ("fbscrypt", []) if of("v") == Some("1") => (of("n")?, of("ss")?, of("sk")?),
            ("firescrypt", [separator, signer_key]) => (of("ln")?, *separator, *signer_key),
            _ => return None,
        };
        let cost = Cost::new(log_n.parse().ok()?, of("r")?.parse().ok()?, of("p")?.parse().ok()?)?;
        let (signer_key, digest) = (bytes(signer_key)?, bytes(digest)?);
        let is_whole = signer_key.len() == digest.len() && !digest.is_empty();
        let (separator, salt) = (bytes(separator)?, bytes(salt)?);
        is_whole.then_some(Self { cost, separator, signer_key, salt, digest })
    }

    pub(super) fn cost(&self) -> (u64, u64) {
        self.cost.cost()
    }

    #[expect(clippy::expect_used, reason = "the key has AES-256's length")]
    pub(super) fn of(&self, password: &[u8]) -> Vec<u8> {
        let salt = [self.salt.as_slice(), &self.separator].concat();
        let key = self.cost.derive(password, &salt, KEY_BYTES);
        let key = UnboundCipherKey::new(&AES_256, &key).and_then(EncryptingKey::ctr);
        let start = EncryptionContext::Iv128(FixedLength::from([0; 16]));
        let mut digest = self.signer_key.clone();
        key.and_then(|key| key.less_safe_encrypt(&mut digest, start))
            .expect("AES-256 in counter mode");
        digest
    }
}
