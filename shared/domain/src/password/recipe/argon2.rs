//! Argon2 (RFC 9106) as PHC strings, which ours are, too.

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Block, Params, Version};

pub(in crate::password) const SALT_BYTES: usize = 16;
pub(in crate::password) const HASH_BYTES: usize = 32;

/// OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
pub(in crate::password) const MEMORY_KIB: u32 = 19 * 1024;
pub(in crate::password) const PASSES: u32 = 2;
pub(in crate::password) const LANES: u32 = 1;

const MAX_LANES: u32 = 16;

pub(in crate::password) struct Hash {
    argon2: Argon2<'static>,
    is_ours: bool,
    pub(super) salt: Vec<u8>,
    pub(super) digest: Vec<u8>,
}

impl Hash {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let phc = phc::PasswordHash::new(text).ok()?;
        let algorithm = Algorithm::try_from(phc.algorithm.as_str()).ok()?;
        let version = phc.version.map_or(Ok(Version::V0x10), Version::try_from).ok()?;
        let params = Params::try_from(&phc).ok()?;
        let (salt, digest) = phc.salt.zip(phc.hash)?;
        let is_ours = (algorithm, version) == (Algorithm::Argon2id, Version::V0x13);
        let argon2 = Argon2::new(algorithm, version, params);
        (argon2.params().p_cost() <= MAX_LANES).then(|| Self {
            argon2,
            is_ours,
            salt: salt.as_ref().to_vec(),
            digest: digest.as_bytes().to_vec(),
        })
    }

    pub(super) fn is_current(&self) -> bool {
        let params = self.argon2.params();
        self.is_ours
            && [params.m_cost(), params.t_cost(), params.p_cost()] == [MEMORY_KIB, PASSES, LANES]
            && (self.salt.len(), self.digest.len()) == (SALT_BYTES, HASH_BYTES)
    }

    pub(super) fn cost(&self) -> (u64, u64) {
        let params = self.argon2.params();
        let kib = u64::from(params.m_cost());
        (kib.saturating_mul(u64::from(params.t_cost())) * 3 / 2, kib)
    }

    pub(super) fn of(&self, password: &[u8], memory: &mut Vec<Block>) -> Vec<u8> {
        hash(&self.argon2, password, &self.salt, self.digest.len(), memory)
    }
}

#[expect(clippy::expect_used, reason = "PHC strings and our own sizes are within argon2's bounds")]
pub(in crate::password) fn hash(
    argon2: &Argon2<'_>,
    password: &[u8],
    salt: &[u8],
    length: usize,
    memory: &mut Vec<Block>,
) -> Vec<u8> {
    let needed = argon2.params().block_count();
    if memory.len() < needed {
        memory.resize(needed, Block::default());
    }
    let mut hash = vec![0; length];
    argon2
        .hash_password_into_with_memory(password, salt, &mut hash, memory.as_mut_slice())
        .expect("sizes within argon2's bounds");
    hash
}

/// Our own recipe.
#[expect(clippy::expect_used, reason = "constants within argon2's bounds")]
pub(in crate::password) fn current() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_BYTES));
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.expect("OWASP's parameters"))
}
