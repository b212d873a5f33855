//! The identifiers that users sign in with, and the keyed digest under which they are stored.
//!
//! Keys of items never contain an address or a phone number; they contain an [`Identity`].

use std::fmt;

use crate::id::OrganizationId;
use crate::key::KeyBytes;
use crate::text::{self, Invisible};
use crate::{encoding, mac, mailbox};
use icu_casemap::CaseMapper;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// RFC 5321 §4.5.3.1.3: a path has at most 256 octets, angle brackets included.
const MAX_EMAIL_BYTES: usize = 254;

/// Enough for any email address (64 octets, `@`, 255 octets): most user names are one.
const MAX_USERNAME_CHARACTERS: usize = 320;

/// The text is not an identifier of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIdentifier {
    /// Not one `@` between two non-empty parts, or too long.
    #[error("not an email address")]
    Email,
    /// SES can't mail to the part before the `@`.
    #[error(
        "not an email address that SES can send to: the part before the @ has 1 to 64 ASCII letters, \
         digits and characters of !#$%&'*+-/=?^_`{{|}}~, with single dots between them"
    )]
    LocalPart,
    /// The part after the `@` is not a domain, in Unicode or in Punycode.
    #[error("not an email address: what follows the @ is not a domain")]
    Domain,
    /// Not `+`, a digit other than zero, and 1 to 14 further digits (ITU-T E.164).
    #[error("not an E.164 phone number")]
    Phone,
    /// Blank, or longer than 320 characters.
    #[error("not a user name")]
    Username,
    /// An invisible character stands inside.
    #[error(transparent)]
    Invisible(#[from] Invisible),
}

/// An email address: trimmed, in lower case, the domain in Punycode.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// Normalises and checks an address. An address that SES can't mail to is refused; only delivery
    /// proves one.
    pub fn parse(text: &str) -> Result<Self, InvalidIdentifier> {
        let text = text::visible(text)?;
        let composed: String = text.nfc().collect();
        let (local, domain) = match composed.split('@').collect::<Vec<_>>()[..] {
            [local, domain] if !local.is_empty() && !domain.is_empty() => (local, domain),
            _ => return Err(InvalidIdentifier::Email),
        };
        if !mailbox::is_local_part(local) {
            return Err(InvalidIdentifier::LocalPart);
        }
        let domain = mailbox::ascii_domain(domain).ok_or(InvalidIdentifier::Domain)?;
        let email = format!("{}@{domain}", local.to_ascii_lowercase());
        if email.len() <= MAX_EMAIL_BYTES { Ok(Self(email)) } else { Err(InvalidIdentifier::Email) }
    }

    /// The normalised address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A phone number in E.164 form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

impl Phone {
    /// Accepts `^\+[1-9][0-9]{1,14}$`, and white space and invisible characters around it.
    pub fn parse(text: &str) -> Result<Self, InvalidIdentifier> {
        let text = text::visible(text)?;
        let digits = text.strip_prefix('+').unwrap_or_default();
        let valid = (2..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidIdentifier::Phone) }
    }

    /// The number, with its `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A user name: trimmed, and in one form for all its spellings, by compatibility (NFKC) and without
/// letter case (full case folding).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Username(String);

impl Username {
    /// Accepts any text without an invisible character inside: each organization has its own rule for
    /// user names. Different Unicode spellings of a name give the same user name.
    pub fn parse(text: &str) -> Result<Self, InvalidIdentifier> {
        let text = text::visible(text)?;
        // An accent or a space may appear at the ends only now.
        let folded = folded(text);
        let username = text::trim(&folded);
        let valid = (1..=MAX_USERNAME_CHARACTERS).contains(&username.chars().count());
        if valid { Ok(Self(username.to_owned())) } else { Err(InvalidIdentifier::Username) }
    }

    /// The normalised name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Compatibility caseless matching (Unicode §3.13, D146), composed. One round is not enough: folding
/// decomposes some letters, and normalising gives some new capitals.
fn folded(text: &str) -> String {
    let fold = |text: String| CaseMapper::new().fold_string(&text).into_owned();
    let once: String = fold(text.nfd().collect()).nfkd().collect();
    fold(once).nfkc().collect()
}

/// Personal data: the debug output of these types is redacted.
macro_rules! personal {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidIdentifier;

            fn try_from(text: String) -> Result<Self, InvalidIdentifier> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

personal!(Email);
personal!(Phone);
personal!(Username);

/// What a user signs in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identifier {
    /// An email address.
    Email(Email),
    /// A phone number.
    Phone(Phone),
    /// A user name.
    Username(Username),
}

impl Identifier {
    fn kind(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::Phone(_) => "phone",
            Self::Username(_) => "username",
        }
    }

    /// The kind of identifier, in the words of operators' messages.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Email(_) => "email address",
            Self::Phone(_) => "phone number",
            Self::Username(_) => "user name",
        }
    }

    fn normalised(&self) -> &str {
        match self {
            Self::Email(email) => email.as_str(),
            Self::Phone(phone) => phone.as_str(),
            Self::Username(username) => username.as_str(),
        }
    }
}

/// base64url(HMAC-SHA256(identifier key, organization ‖ 0x1f ‖ kind ‖ 0x1f ‖ identifier)):
/// 43 characters. Without the key, nobody can reverse it or compute it from a list of addresses.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity(String);

impl Identity {
    /// The identity of an identifier within an organization.
    pub fn of(key: &KeyBytes, organization: &OrganizationId, identifier: &Identifier) -> Self {
        let (kind, normalised) = (identifier.kind(), identifier.normalised());
        let named = [organization.as_str(), kind, normalised].join("\u{1f}");
        Self(encoding::base64url(&mac::sha256(key, &[named.as_bytes()])))
    }

    /// An identity from an item, e.g. a part of a key that the stream delivers.
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text that is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Identity(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_trimmed_and_lower_cased() {
        let email = Email::parse("  Patient@Example.COM\n");
        assert_eq!(email.as_ref().map(Email::as_str), Ok("patient@example.com"));
    }

    #[test]
    fn a_domain_and_its_punycode_are_one() {
        let pairs = [
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("bu\u{308}cher.example", "xn--bcher-kva.example"),
            ("faß.example", "xn--fa-hia.example"),
            ("ＥＸＡＭＰＬＥ。com", "example.com"),
            ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
            ("مثال.إختبار", "xn--mgbh0fb.xn--kgbechtv"),
            ("straße.XN--BCHER-KVA.example", "xn--strae-oqa.xn--bcher-kva.example"),
        ];
        for (domain, ascii) in pairs {
            let expected = format!("jo@{ascii}");
            for spelling in [domain, ascii, &ascii.to_uppercase()] {
                let email = Email::parse(&format!("Jo@{spelling}"));
                let found = email.as_ref().map(Email::as_str);
                assert_eq!(found, Ok(expected.as_str()), "{spelling}");
            }
        }
        let no_domains =
            ["a..b", ".a", "a.", "-a", "a-", "a_b", "xn--a", "a b", "[10.0.0.1]", "\u{301}a"];
        for domain in no_domains {
            let refused = Email::parse(&format!("jo@{domain}"));
            assert_eq!(refused, Err(InvalidIdentifier::Domain), "{domain}");
        }
    }

    #[test]
    fn a_local_part_that_ses_cannot_mail_to_is_refused() {
        let long = "a".repeat(65);
        let no_local_parts = [
            "josé",
            "jose\u{301}",
            "例",
            "a b",
            "a\u{0}",
            "a\r\nbcc:x",
            "a..b",
            ".a",
            "a.",
            "a,b",
            "(a)b",
            "a;b",
            "<a",
            "\"a\"",
            "a\\b",
            "a:b",
            "[a]",
            "\u{7f}",
            "a\u{85}b",
            "\u{131}",
            &long,
        ];
        for local in no_local_parts {
            let refused = Email::parse(&format!("{local}@example.com"));
            assert_eq!(refused, Err(InvalidIdentifier::LocalPart), "{local:?}");
        }
        for char in ('\u{80}'..='\u{ffff}').filter(|char| !text::trim(&char.to_string()).is_empty())
        {
            // U+212A KELVIN SIGN, U+037E and U+1FEF are canonically equivalent to ASCII.
            if matches!(char, '\u{212a}' | '\u{37e}' | '\u{1fef}') {
                continue;
            }
            let refused = Email::parse(&format!("a{char}b@example.com"));
            assert_eq!(refused, Err(InvalidIdentifier::LocalPart), "{char:?}");
        }
        assert!(Email::parse("a.b+c-d_e!#$%&'*/=?^`{|}~@example.com").is_ok());
    }

    #[test]
    fn invisible_characters_are_trimmed_around_an_identifier_and_named_inside() {
        type Parser = fn(&str) -> Result<String, InvalidIdentifier>;
        let parsers: [(&str, Parser); 3] = [
            ("jo@example.com", |text| Email::parse(text).map(String::from)),
            ("+15551234567", |text| Phone::parse(text).map(String::from)),
            ("jo.smith", |text| Username::parse(text).map(String::from)),
        ];
        for char in text::tests::invisible_characters() {
            for (plain, parse) in parsers {
                for around in [
                    format!("{char}{plain}"),
                    format!("{plain}{char}"),
                    format!(" {char}{char} {plain}\n{char} {char}"),
                ] {
                    assert_eq!(parse(&around).as_deref(), Ok(plain), "{around:?}");
                }
                for at in 1..plain.len() {
                    let inside = format!("{}{char}{}", &plain[..at], &plain[at..]);
                    let expected = Err(InvalidIdentifier::Invisible(Invisible(char)));
                    assert_eq!(parse(&inside), expected, "{inside:?}");
                }
                assert!(parse(&char.to_string()).is_err(), "{char:?}");
            }
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let overlong = format!("{}@example.com", "a".repeat(250));
        let refused = [
            "",
            " ",
            "a",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "a b@c",
            "a@b\u{0}c",
            "a@b\r\nbcc:x",
            &overlong,
        ];
        for text in refused {
            assert!(Email::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn only_e_164_is_a_phone_number() {
        assert!(Phone::parse("+15551234567").is_ok());
        let refused = [
            "",
            "+",
            "+0",
            "+01555",
            "15551234567",
            "+1 555",
            "+1",
            "+1234567890123456",
            "+１５５",
        ];
        for text in refused {
            assert_eq!(Phone::parse(text), Err(InvalidIdentifier::Phone), "{text:?}");
        }
    }

    #[test]
    fn one_user_name_is_one_however_it_is_spelt() {
        let spellings = ["José", "JOSÉ", "Jose\u{301}", "  josé\n", "\u{a0}JOSE\u{301}\u{2003}"];
        for spelling in spellings {
            let username = Username::parse(spelling);
            assert_eq!(username.as_ref().map(Username::as_str), Ok("josé"), "{spelling:?}");
        }
        let pairs = [
            ("\u{212a}elvin", "kelvin"),
            ("STRASSE", "straße"),
            ("STRA\u{1e9e}E", "strasse"),
            ("ｊｏ＠ｅｘａｍｐｌｅ．ｃｏｍ", "JO@example.com"),
            ("ﬁlip", "FILIP"),
            ("Ⅷ", "viii"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("Σίσυφος", "σίσυφοσ"),
            ("ǅ", "dž"),
            ("ΐ", "\u{3aa}\u{301}"),
            ("Jo\u{a0}Smith", "jo smith"),
            ("IRIS", "iris"),
        ];
        for (one, other) in pairs {
            assert_eq!(Username::parse(one), Username::parse(other), "{one:?}");
        }
        // Default folding, not the Turkish one: a dotless ı is a letter of its own.
        assert_ne!(Username::parse("ırıs"), Username::parse("iris"));
        // Look-alikes stay apart: a Cyrillic а is no Latin a.
        assert_ne!(Username::parse("\u{430}nna"), Username::parse("anna"));
    }

    #[test]
    fn a_user_name_has_1_to_320_characters_once_it_is_composed() {
        let decomposed = "e\u{301}".repeat(320);
        assert!(Username::parse(&decomposed).is_ok());
        assert!(Username::parse(&format!(" {} ", "x".repeat(320))).is_ok());
        for text in ["", " \t\u{a0}", &"x".repeat(321), &"\u{1d11e}".repeat(321)] {
            assert_eq!(Username::parse(text), Err(InvalidIdentifier::Username), "{text:?}");
        }
    }

    #[test]
    fn no_identifier_is_printed() -> Result<(), InvalidIdentifier> {
        let email = Identifier::Email(Email::parse("patient@example.com")?);
        let username = Identifier::Username(Username::parse("patient")?);
        let printed = format!("{email:?} {username:?}");
        assert!(!printed.contains("patient"), "{printed}");
        Ok(())
    }

    #[test]
    fn letter_case_and_spelling_of_no_character_matter() {
        let changes = |char: &char| {
            let forms = [format!("{char}").nfkd().collect(), char.to_uppercase().to_string()];
            forms
                .iter()
                .chain([&char.to_lowercase().to_string()])
                .any(|form| *form != char.to_string())
        };
        for char in ('\0'..=char::MAX).filter(changes) {
            let text = format!("x{char}y");
            let Ok(plain) = Username::parse(&text) else { continue };
            let (upper, lower) = (text.to_uppercase(), text.to_lowercase());
            let mut spellings: Vec<String> = vec![text.nfd().collect(), text.nfkd().collect()];
            spellings.extend([text.nfkc().collect(), lower, plain.as_str().to_owned()]);
            // The dotless ı alone has the capital of another letter.
            spellings.extend((char != 'ı').then_some(upper));
            for spelling in spellings {
                assert_eq!(Username::parse(&spelling).as_ref(), Ok(&plain), "{char:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn normalising_twice_is_normalising_once(text in "[!-~]{1,20}@\\PC{1,20}") {
            if let Ok(once) = Email::parse(&text) {
                let twice = Email::parse(once.as_str());
                prop_assert_eq!(twice, Ok(once));
            }
        }

        #[test]
        fn a_normalised_user_name_stays_as_it_is(text in any::<String>()) {
            if let Ok(once) = Username::parse(&text) {
                let twice = Username::parse(once.as_str());
                prop_assert_eq!(twice, Ok(once));
            }
        }

        #[test]
        fn parsing_never_panics(text in any::<String>()) {
            let _ = (Email::parse(&text), Phone::parse(&text), Username::parse(&text));
        }
    }
}
