//! One-time codes. A code is never stored or queued: functions that may read the OTP key derive it
//! from the id of its challenge.

use std::fmt;
use std::time::Duration;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::id::{OrganizationId, OtpId};
use crate::identifier::Identity;
use crate::key::KeyBytes;
use crate::mac;
use crate::organization::Organization;
use crate::secret::Digest;

/// How long a code may be used (portal contract: 5 minutes).
pub const LIFETIME: Duration = Duration::from_mins(5);

/// A live code is sent again, not replaced, while at least this much of its life is left.
pub const RESEND_FLOOR: Duration = Duration::from_secs(150);

/// Attempts per code (portal contract).
pub const MAX_ATTEMPTS: usize = 3;

/// How much later than an attempt a code may have been issued. The clocks of the two requests differ,
/// so a right attempt may seem to come before its code. But a late copy of an attempt must not use up
/// an attempt at the code that replaced the one it was meant for.
pub const ATTEMPT_REACH: Duration = Duration::from_secs(5);

const CODES: u32 = 1_000_000;
/// The largest multiple of a million in 32 bits: numbers from here on would make low codes likelier.
const UNBIASED: u32 = u32::MAX - u32::MAX % CODES;

/// Where a code is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// To an email address, by SES.
    Email,
    /// To a phone number, by SNS.
    Sms,
}

impl Channel {
    /// The contract's name of the channel.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Sms => "SMS",
        }
    }

    /// Reads the contract's name, case-sensitive.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Email, Self::Sms].into_iter().find(|channel| channel.as_str() == text)
    }
}

/// Six ASCII digits.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Code(String);

/// The text is not six ASCII digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code has six digits")]
pub struct InvalidCode;

impl Code {
    /// Accepts `^[0-9]{6}$`.
    pub fn parse(text: &str) -> Result<Self, InvalidCode> {
        let valid = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        valid.then(|| Self(text.to_owned())).ok_or(InvalidCode)
    }

    /// The code of one challenge. Here alone is decided whether a code is fixed: it is `000000` if the
    /// organization is a sandbox, and derived if it is not.
    pub fn issue(
        key: &KeyBytes,
        organization: &Organization,
        identity: &Identity,
        otp_id: &OtpId,
    ) -> Self {
        match organization.sandbox {
            Some(_) => Self("000000".to_owned()),
            None => Self::derive(key, &organization.id, identity, otp_id),
        }
    }

    /// Six uniform digits from HMAC-SHA-512 of the ids of the challenge.
    fn derive(
        key: &KeyBytes,
        organization: &OrganizationId,
        identity: &Identity,
        otp_id: &OtpId,
    ) -> Self {
        let names = [organization.as_str(), identity.as_str(), otp_id.as_str()].join("\u{1f}");
        // A round gives sixteen numbers, and skips one in 4,440. A second round practically never runs.
        let mut round = 0_u32;
        loop {
            let block = mac::sha512(key, &[b"otp\x1f", &round.to_be_bytes(), names.as_bytes()]);
            let numbers = block.as_chunks::<4>().0.iter().map(|bytes| u32::from_be_bytes(*bytes));
            if let Some(number) = numbers.into_iter().find(|number| *number < UNBIASED) {
                return Self(format!("{:06}", number % CODES));
            }
            round = round.wrapping_add(1);
        }
    }

    /// base64(SHA3-512(pepper ‖ challenge ‖ code)). The pepper comes from the OTP key. Without it,
    /// trying all million codes would reverse the digest in two seconds.
    pub fn digest(&self, key: &KeyBytes, otp_id: &OtpId) -> Digest {
        let pepper = mac::sha512(key, &[b"pepper"]);
        Digest::of(&[pepper.as_slice(), otp_id.as_str().as_bytes(), self.0.as_bytes()])
    }

    /// The only way to the six digits.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Code(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyRing;
    use crate::organization::Sandbox;

    fn ring() -> Result<KeyRing, serde_json::Error> {
        serde_json::from_str(&format!(r#"{{"kid":"k","key":"{}"}}"#, "A".repeat(88)))
    }

    #[test]
    fn only_six_ascii_digits_are_a_code() {
        for text in
            ["", "12345", "1234567", "12345a", " 12345", "１２３４５６", "12345\n", "-12345"]
        {
            assert!(Code::parse(text).is_err(), "{text:?}");
        }
        assert!(Code::parse("000000").is_ok());
    }

    #[test]
    fn a_code_depends_on_everything_that_names_its_challenge()
    -> Result<(), Box<dyn std::error::Error>> {
        let key = &ring()?.current.bytes;
        let organization = OrganizationId::parse("a")?;
        let code = |organization: &str,
                    identity: &str,
                    otp: &str|
         -> Result<String, crate::id::InvalidId> {
            let organization = OrganizationId::parse(organization)?;
            let code =
                Code::derive(key, &organization, &Identity::stored(identity), &OtpId::stored(otp));
            Ok(code.expose().to_owned())
        };
        let one = code("a", "i", "o")?;
        assert_eq!(one, code("a", "i", "o")?);
        for other in [code("b", "i", "o")?, code("a", "j", "o")?, code("a", "i", "p")?] {
            assert_ne!(one, other);
        }
        let digest = |otp: &str| {
            Code::derive(key, &organization, &Identity::stored("i"), &OtpId::stored("o"))
                .digest(key, &OtpId::stored(otp))
        };
        assert!(!digest("o").matches(&digest("p")), "equal codes of two challenges differ at rest");
        Ok(())
    }

    #[test]
    fn a_code_is_fixed_in_a_sandbox_alone() -> Result<(), Box<dyn std::error::Error>> {
        let key = &ring()?.current.bytes;
        let id = OrganizationId::parse("a")?;
        let live = Organization::new(id.clone(), "Live".into());
        let sandbox = Sandbox { ends_at: None };
        let sandbox = Organization::sandbox(id, "Sandbox".into(), sandbox);
        let code = |organization: &Organization, otp: &str| {
            let (identity, otp_id) = (Identity::stored("i"), OtpId::stored(otp));
            let code = Code::issue(key, organization, &identity, &otp_id);
            (code.expose().to_owned(), code.digest(key, &otp_id))
        };
        let ((one, one_digest), (other, other_digest)) = (code(&sandbox, "o"), code(&sandbox, "p"));
        assert_eq!((one.as_str(), other.as_str()), ("000000", "000000"));
        assert!(!one_digest.matches(&other_digest), "at rest they differ all the same");
        assert_ne!(code(&live, "o").0, code(&live, "p").0);
        Ok(())
    }

    /// Pearson's test at every position: nine degrees of freedom, 43 is exceeded by chance once in
    /// half a million runs, and the inputs are fixed, so this is one run for ever.
    #[test]
    fn codes_are_uniform_over_a_million() -> Result<(), Box<dyn std::error::Error>> {
        const CODES: u32 = 1_000_000;
        let key = &ring()?.current.bytes;
        let (organization, identity) = (OrganizationId::parse("a")?, Identity::stored("i"));
        let mut seen = [[0_u32; 10]; 6];
        for number in 0..CODES {
            let code =
                Code::derive(key, &organization, &identity, &OtpId::stored(number.to_string()));
            for (position, digit) in code.expose().bytes().enumerate() {
                seen[position][usize::from(digit - b'0')] += 1;
            }
        }
        let expected = f64::from(CODES) / 10.0;
        for (position, digits) in seen.iter().enumerate() {
            assert!(digits.iter().all(|count| *count > 0));
            let chi: f64 =
                digits.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
            assert!(chi < 43.0, "position {position}: chi-square {chi}");
        }
        Ok(())
    }
}
