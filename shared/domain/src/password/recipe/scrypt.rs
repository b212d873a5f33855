//! scrypt (RFC 7914): `$scrypt$ln=15,r=8,p=1$salt$digest` (PHC), `scrypt$16384$salt$8$1$digest` (Django,
//! whose salt is text).

use scrypt::Params;

use super::{bytes, parameter};

pub(in crate::password) struct Hash {
    cost: Cost,
    pub(super) salt: Vec<u8>,
    pub(super) digest: Vec<u8>,
}

/// The parameters of scrypt, within its bounds.
#[derive(Clone, Copy)]
pub(super) struct Cost {
    log_n: u8,
    r: u32,
    p: u32,
}

impl Cost {
    pub(super) fn new(log_n: u8, r: u32, p: u32) -> Option<Self> {
        // The products of cost must not overflow: no function has this memory.
        let is_small = (1..=24).contains(&log_n) && (1..=64).contains(&r) && (1..=64).contains(&p);
        is_small.then_some(Self { log_n, r, p })
    }

    pub(super) fn cost(self) -> (u64, u64) {
        let kib = (u64::from(self.r) << self.log_n) / 8;
        (kib * u64::from(self.p) * 4, kib)
    }

    #[expect(
        clippy::expect_used,
        reason = "`new` keeps parameters and lengths within scrypt's bounds"
    )]
    pub(super) fn derive(self, password: &[u8], salt: &[u8], length: usize) -> Vec<u8> {
        let params = Params::new(self.log_n, self.r, self.p).expect("parameters within bounds");
        let mut key = vec![0; length];
        scrypt::scrypt(password, salt, &params, &mut key).expect("a length within bounds");
        key
    }
}

impl Hash {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim_start_matches('$').split('$').skip(1);
        let (first, salt) = (parts.next()?, parts.next()?);
        let (cost, salt) = if text.starts_with('$') {
            let of = |name| parameter(first, name);
            let cost =
                Cost::new(of("ln")?.parse().ok()?, of("r")?.parse().ok()?, of("p")?.parse().ok()?);
            (cost, bytes(salt)?)
        } else {
            let n: u32 = first.parse().ok()?;
            let (r, p) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            let log_n = n.is_power_of_two().then(|| n.ilog2().try_into().ok())??;
            (Cost::new(log_n, r, p), salt.as_bytes().to_vec())
        };
        let digest = bytes(parts.next()?)?;
        let is_end = parts.next().is_none() && !digest.is_empty();
        is_end.then_some(Self { cost: cost?, salt, digest })
    }

    pub(super) fn cost(&self) -> (u64, u64) {
        self.cost.cost()
    }

    pub(super) fn of(&self, password: &[u8]) -> Vec<u8> {
        self.cost.derive(password, &self.salt, self.digest.len())
    }
}
