//! The sender of a message, and the web domain of its code.

use crate::identifier::Phone;
use crate::mailbox;

/// RFC 1035 §2.3.4, without the dot of the root.
const MAX_DOMAIN: usize = 253;

/// The longest sender id that SNS accepts.
const MAX_SENDER_ID: usize = 11;

/// The text is not a valid sender or web domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSender {
    /// Not ASCII, not a dot-atom before the `@` (RFC 5322 §3.2.3), or not a domain after it.
    #[error("not an email address that SES can send from, such as codes@clinic.example")]
    Address,
    /// Neither a sender id nor a phone number.
    #[error(
        "neither a sender id (1 to 11 letters and digits, one letter at least) nor a phone number \
         such as +15551230000"
    )]
    Sms,
    /// Not a host name of two labels or more.
    #[error("not a web domain, such as portal.example")]
    Domain,
}

/// An address that mail can be sent from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderAddress(String);

impl SenderAddress {
    /// Stricter than a user's address: operators choose a plain one, and it becomes a part of a header.
    pub fn parse(text: &str) -> Result<Self, InvalidSender> {
        let is_valid = text
            .split_once('@')
            .is_some_and(|(local, domain)| mailbox::is_local_part(local) && is_domain(domain));
        if is_valid { Ok(Self(text.to_owned())) } else { Err(InvalidSender::Address) }
    }
}

/// The sender of an SMS, as a phone shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SmsSender {
    /// A sender id, in countries that support them.
    Name(String),
    /// A number of the AWS account: SNS's origination number.
    Number(Phone),
}

impl SmsSender {
    /// Accepts a number in E.164 form, or a sender id by SNS's rule: 1 to 11 letters and digits, one
    /// letter at least.
    pub fn parse(text: &str) -> Result<Self, InvalidSender> {
        if let Ok(number) = Phone::parse(text) {
            return Ok(Self::Number(number));
        }
        let is_name = (1..=MAX_SENDER_ID).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && text.bytes().any(|byte| byte.is_ascii_alphabetic());
        if is_name { Ok(Self::Name(text.to_owned())) } else { Err(InvalidSender::Sms) }
    }
}

/// A web domain on which a phone may fill in a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebDomain(String);

impl WebDomain {
    /// Accepts a host name without scheme, port and path.
    pub fn parse(text: &str) -> Result<Self, InvalidSender> {
        if is_domain(text) { Ok(Self(text.to_owned())) } else { Err(InvalidSender::Domain) }
    }
}

/// A host name (RFC 1123 §2.1) of two labels or more.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= MAX_DOMAIN
        && text.split('.').all(is_label)
        && text.rsplit_once('.').is_some_and(|(_, last)| !is_number(last))
}

impl SenderAddress {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SmsSender {
    /// The sender id or the number.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::Number(number) => number.as_str(),
        }
    }
}

impl WebDomain {
    /// The host name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_comes_from_a_plain_address() {
        for text in ["codes@clinic.example", "Front.Desk+otp@xn--caf-dma.example"] {
            assert_eq!(SenderAddress::parse(text).as_ref().map(SenderAddress::as_str), Ok(text));
        }
        let long = format!("{}@clinic.example", "a".repeat(65));
        let hostile = "a@b.example>, <c@d.example";
        for text in
            ["", "codes", "@b.example", "a@b", "a..b@c.example", "é@b.example", hostile, &long]
        {
            assert_eq!(SenderAddress::parse(text), Err(InvalidSender::Address), "{text}");
        }
    }

    #[test]
    fn an_sms_comes_from_a_sender_id_or_a_number() {
        for text in ["A", "Clinic", "7eleven", "ABCDEFGHIJK"] {
            assert_eq!(SmsSender::parse(text), Ok(SmsSender::Name(text.to_owned())));
        }
        assert!(matches!(SmsSender::parse("+15551230000"), Ok(SmsSender::Number(_))));
        for text in
            ["", "12345", "ABCDEFGHIJKL", "My Clinic", "Clinic!", "Klinik-1", "+1", "Praxis Ä"]
        {
            assert_eq!(SmsSender::parse(text), Err(InvalidSender::Sms), "{text}");
        }
    }

    #[test]
    fn a_web_domain_is_a_host_name() {
        for text in ["portal.example", "a-b.c1.example"] {
            assert_eq!(WebDomain::parse(text).as_ref().map(WebDomain::as_str), Ok(text));
        }
        for text in [
            "",
            "portal",
            "https://portal.example",
            "portal.example/x",
            "-a.example",
            "a..b",
            "10.0.0.1",
        ] {
            assert_eq!(WebDomain::parse(text), Err(InvalidSender::Domain), "{text}");
        }
    }
}
