//! The charset of a form's texts.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;

use super::parameters::parameter;

/// The charset that a form or a part of it declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    Utf8,
    /// ISO-8859-1: each byte is the character of its number.
    Latin1,
    Windows1252,
    /// None, one that we don't know, or US-ASCII, which is a part of all of them.
    Undeclared,
}

impl Charset {
    /// By the `charset` of a content type, in any letter case.
    pub(super) fn declared(content_type: &[u8]) -> Self {
        let name = parameter(content_type, "charset").unwrap_or_default();
        match String::from_utf8_lossy(&name).trim().to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Self::Utf8,
            "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "l1" => Self::Latin1,
            "windows-1252" | "cp1252" | "x-cp1252" => Self::Windows1252,
            _ => Self::Undeclared,
        }
    }

    pub(super) fn or(self, outer: Self) -> Self {
        if self == Self::Undeclared { outer } else { self }
    }

    /// The text; `None` for bytes that are not of a declared UTF-8. Replacement characters would make
    /// different passwords equal. Undeclared bytes that are not UTF-8 are ISO-8859-1: a published client
    /// of the identity provider, the one surface that has forms, sends them so.
    pub(super) fn decoded(self, bytes: Vec<u8>) -> Option<String> {
        match self {
            Self::Utf8 => String::from_utf8(bytes).ok(),
            Self::Latin1 => Some(latin1(&bytes)),
            Self::Windows1252 => WINDOWS_1252
                .decode_without_bom_handling_and_without_replacement(&bytes)
                .map(Cow::into_owned),
            Self::Undeclared => {
                Some(String::from_utf8(bytes).unwrap_or_else(|error| latin1(error.as_bytes())))
            }
        }
    }
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_read_in_its_charset() {
        for byte in 0..=u8::MAX {
            let read = |charset: Charset| charset.decoded(vec![byte]);
            let ascii = byte.is_ascii().then(|| char::from(byte).to_string());
            assert_eq!(read(Charset::Utf8), ascii);
            assert_eq!(read(Charset::Latin1), Some(char::from(byte).to_string()));
            assert_eq!(read(Charset::Undeclared), read(Charset::Latin1));
            let differs =
                (0x80..=0x9f).contains(&byte) && ![0x81, 0x8d, 0x8f, 0x90, 0x9d].contains(&byte);
            assert_eq!(read(Charset::Windows1252) != read(Charset::Latin1), differs, "{byte:x}");
        }
        assert_eq!(Charset::Windows1252.decoded(vec![0x80]).as_deref(), Some("€"));
        assert_eq!(Charset::Undeclared.decoded("é".into()).as_deref(), Some("é"));
        assert_eq!(Charset::Latin1.decoded("é".into()).as_deref(), Some("Ã©"));
    }

    #[test]
    fn a_charset_is_declared_in_any_letter_case_and_in_quotes() {
        for (content_type, expected) in [
            ("text/plain; charset=ISO-8859-1", Charset::Latin1),
            ("text/plain;Charset=\"iso-8859-1\"", Charset::Latin1),
            ("text/plain; format=flowed; CHARSET = Windows-1252 ", Charset::Windows1252),
            ("text/plain; charset=UTF-8", Charset::Utf8),
            ("text/plain; charset=US-ASCII", Charset::Undeclared),
            ("text/plain; charset=klingon", Charset::Undeclared),
            ("text/plain; charset", Charset::Undeclared),
            ("text/plain", Charset::Undeclared),
            ("", Charset::Undeclared),
        ] {
            assert_eq!(Charset::declared(content_type.as_bytes()), expected, "{content_type}");
        }
    }
}
