//! The form of the secrets that operators hand out: a prefix that tells what it is, 43 random letters
//! and digits (256 bits), and a checksum of both. So a scanner for leaked secrets finds them without
//! false alarms, and a copy with a slip is told from one that was retired. Nothing checks the form when a
//! secret is used: one from elsewhere stays good.

use crate::entropy;
use crate::secret::Secret;

/// 62^43 is the first power above 2^256.
const RANDOM: usize = 43;
/// 62^6 is the first power above 2^32.
const CHECKSUM: usize = 6;

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issued {
    /// A portal's `cv-api-key`.
    ApiKey,
    /// What a partner presents beside an organization's id.
    OrganizationSecret,
    /// What a partner presents as itself.
    PartnerSecret,
    /// The token of a client of the identity provider.
    ClientToken,
}

/// The text has the prefix of a secret of ours, and can't be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its checksum doesn't match: it was not copied whole, or has a slip")]
pub struct Miscopied;

impl Issued {
    const ALL: [Self; 4] =
        [Self::ApiKey, Self::OrganizationSecret, Self::PartnerSecret, Self::ClientToken];

    /// The beginning of each such secret.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::ApiKey => "pskey_",
            Self::OrganizationSecret => "psorg_",
            Self::PartnerSecret => "pspar_",
            Self::ClientToken => "pscli_",
        }
    }

    /// What it is, for a message.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiKey => "an API key",
            Self::OrganizationSecret => "an organization's secret",
            Self::PartnerSecret => "a partner's secret",
            Self::ClientToken => "a client's token",
        }
    }

    /// Generates a secret.
    pub fn generate(self) -> Secret {
        let random = format!("{}{}", self.prefix(), entropy::alphanumeric(RANDOM));
        Secret::new(format!("{random}{}", checksum(&random)))
    }

    /// What a secret is for by its prefix; `None` for one that wasn't generated here.
    ///
    /// # Errors
    /// If it has a prefix of ours, and its checksum doesn't match.
    pub fn of(secret: &Secret) -> Result<Option<Self>, Miscopied> {
        let text = secret.expose();
        let Some(kind) = Self::ALL.into_iter().find(|kind| text.starts_with(kind.prefix())) else {
            return Ok(None);
        };
        let end = kind.prefix().len() + RANDOM;
        match text.split_at_checked(end) {
            Some((random, found)) if found == checksum(random) => Ok(Some(kind)),
            _ => Err(Miscopied),
        }
    }
}

/// CRC-32 (ISO 3309) in six digits of base 62: 0-9, A-Z, a-z.
fn checksum(text: &str) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    digits.map(char::from).iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by Python's `zlib.crc32`.
    #[test]
    fn the_checksum_is_crc_32_in_base_62() {
        let random = format!("pskey_{}", "A".repeat(RANDOM));
        assert_eq!(checksum(&random), "1HkgSa");
        assert_eq!(checksum(""), "000000");
    }

    #[test]
    fn a_generated_secret_tells_its_kind_and_has_55_characters() {
        for kind in Issued::ALL {
            let secret = kind.generate();
            assert_eq!(Issued::of(&secret), Ok(Some(kind)));
            assert_eq!(secret.expose().len(), 55);
            assert!(secret.expose()[6..].bytes().all(|byte| byte.is_ascii_alphanumeric()));
        }
    }

    #[test]
    fn each_slip_in_a_copy_is_found() {
        let secret = Issued::ApiKey.generate();
        let text = secret.expose();
        for at in 6..text.len() {
            let other = if text.as_bytes()[at] == b'x' { "y" } else { "x" };
            let slip = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert_eq!(Issued::of(&Secret::new(slip)), Err(Miscopied), "at {at}");
        }
        for copy in [&text[..54], &format!("{text} "), "pskey_", "pskey_ä"] {
            assert_eq!(Issued::of(&Secret::new(copy)), Err(Miscopied));
        }
    }

    #[test]
    fn a_secret_from_elsewhere_has_no_kind() {
        for text in ["", "demo-portal-key", "PSKEY_1", &"A".repeat(43)] {
            assert_eq!(Issued::of(&Secret::new(text)), Ok(None));
        }
    }
}
