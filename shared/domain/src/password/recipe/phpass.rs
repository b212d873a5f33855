//! phpass's portable hashes, of `WordPress` before 6.8 and `phpBB`: MD5, many times. `$P$`, a letter for the
//! logarithm of the count, eight of salt, 22 of digest. <https://www.openwall.com/phpass/>

use md5::{Digest as _, Md5};

const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

pub(in crate::password) struct Hash {
    log_count: u32,
    pub(super) salt: Vec<u8>,
    pub(super) digest: Vec<u8>,
}

impl Hash {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let [_, _, _, log_count, rest @ ..] = text.as_bytes() else { return None };
        let log_count = sextet(*log_count)?;
        let (salt, digest) = rest.split_at_checked(8)?;
        let digest = (digest.len() == 22).then(|| decoded(digest))??;
        (7..=30).contains(&log_count).then(|| Self { log_count, salt: salt.to_vec(), digest })
    }

    /// Of a password of 1024 bytes: each round hashes the password again.
    pub(super) const fn microseconds(&self) -> u64 {
        (1_u64 << self.log_count) * 2
    }

    pub(super) fn of(&self, password: &[u8]) -> Vec<u8> {
        let of = |before: &[u8]| Md5::new().chain_update(before).chain_update(password).finalize();
        let first = of(&self.salt);
        (0..1_u32 << self.log_count).fold(first, |digest, _| of(&digest)).to_vec()
    }
}

fn sextet(letter: u8) -> Option<u32> {
    ALPHABET.iter().position(|it| *it == letter)?.try_into().ok()
}

/// Sixteen bytes of 22 letters: three bytes are four letters, the lowest bits first.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for group in text.chunks(4) {
        let mut bits = 0;
        for (at, letter) in group.iter().enumerate() {
            bits |= sextet(*letter)? << (6 * at);
        }
        bytes.extend(&bits.to_le_bytes()[..group.len() * 6 / 8]);
    }
    Some(bytes)
}
