//! The two parts of a mail address that SES can send to.

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

/// RFC 5321 §4.5.3.1.1.
const MAX_LOCAL_PART: usize = 64;

/// Whether SES can mail to this part before the `@`: a dot-atom (RFC 5322 §3.2.3) of ASCII, because SES
/// doesn't support SMTPUTF8 (RFC 6531).
pub(crate) fn is_local_part(text: &str) -> bool {
    let is_atom = |atom: &str| !atom.is_empty() && atom.bytes().all(is_atom_text);
    text.len() <= MAX_LOCAL_PART && text.split('.').all(is_atom)
}

fn is_atom_text(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

/// The lower-case ASCII form of a domain: labels outside ASCII become Punycode (UTS 46). `None` if it is
/// not a domain.
pub(crate) fn ascii_domain(text: &str) -> Option<String> {
    let (ascii, first_last) = (AsciiDenyList::STD3, Hyphens::CheckFirstLast);
    let domain = Uts46::new().to_ascii(text.as_bytes(), ascii, first_last, DnsLength::Verify);
    domain.ok().map(String::from)
}
