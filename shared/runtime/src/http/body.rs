//! Request bodies, and a strict reading of JSON.

use std::collections::HashSet;
use std::fmt;

use lambda_http::{Body, Request, http};
use serde::de::{DeserializeOwned, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use super::headers::header;

/// Far more than any documented request needs, and small enough to parse without risk.
pub(super) const MAX_BODY_BYTES: usize = 16 * 1024;

/// Some clients put it at the beginning of a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The endpoint doesn't accept the body. The error never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("the content type is missing or another one")]
    ContentType,
    #[error("the body is longer than 16 KiB")]
    TooLong,
    #[error("the body is not of its content type")]
    Content,
}

impl Malformed {
    /// The check that failed, for the log.
    pub const fn step(self) -> &'static str {
        match self {
            Self::ContentType => "CONTENT_TYPE",
            Self::TooLong => "BODY_TOO_LONG",
            Self::Content => "BODY_MALFORMED",
        }
    }
}

/// The bytes of the body, if there are at most 16 KiB.
pub(super) fn bytes(request: &Request) -> Result<&[u8], Malformed> {
    let bytes: &[u8] = match request.body() {
        Body::Text(text) => text.as_bytes(),
        Body::Binary(bytes) => bytes,
        _ => &[],
    };
    if bytes.len() > MAX_BODY_BYTES { Err(Malformed::TooLong) } else { Ok(bytes) }
}

/// Whether the request's content type is this one, in any letter case, with or without parameters
/// (RFC 9110 §8.3.1).
pub(super) fn is_of(request: &Request, media_type: &str) -> bool {
    header(request, http::header::CONTENT_TYPE.as_str())
        .and_then(|value| value.split(';').next())
        .is_some_and(|found| found.trim().eq_ignore_ascii_case(media_type))
}

/// The body, a JSON object, as a `T`. Unknown fields are ignored. A repeated key, at any depth, is
/// refused, because two parsers could read it differently. Refused are also invalid UTF-8, lone
/// surrogates, numbers outside the range of a double (RFC 7493 §2.2) and nesting deeper than 128 levels.
///
/// # Errors
/// [`Malformed`], also if the content type is not JSON or the body exceeds 16 KiB.
pub fn json<T: DeserializeOwned>(request: &Request) -> Result<T, Malformed> {
    let body = bytes(request)?;
    if !is_of(request, "application/json") {
        return Err(Malformed::ContentType);
    }
    // RFC 8259 §8.1 allows to ignore it.
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    // A derived type would also accept an array of its fields.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Malformed::Content);
    }
    serde_json::from_slice::<Unambiguous>(body).map_err(|_| Malformed::Content)?;
    serde_json::from_slice(body).map_err(|_| Malformed::Content)
}

/// Any JSON in which no object has a key twice.
struct Unambiguous;

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Unambiguous {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON without repeated keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if !keys.insert(key) {
                return Err(A::Error::custom("repeated key"));
            }
            map.next_value::<Self>()?;
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self, A::Error> {
        while sequence.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self, E> {
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Known {
        known: String,
    }

    fn parse(content_type: &str, body: &[u8]) -> Result<Known, Malformed> {
        let mut request = Request::new(Body::Binary(body.to_vec()));
        let value =
            http::HeaderValue::from_str(content_type).map_err(|_| Malformed::ContentType)?;
        request.headers_mut().insert(http::header::CONTENT_TYPE, value);
        json(&request)
    }

    #[test]
    fn json_is_read_with_any_parameters_case_and_unknown_fields() {
        let body = br#" {"known":"a","other":[1,-2,3.5,true,null,{"known":"b"}]} "#;
        for content_type in ["application/json", "Application/JSON; charset=utf-8"] {
            assert_eq!(parse(content_type, body), Ok(Known { known: "a".into() }));
        }
    }

    #[test]
    fn one_byte_order_mark_is_read_past_and_only_at_the_beginning() {
        let parse = |body: &str| parse("application/json", body.as_bytes()).is_ok();
        assert!(parse("\u{feff}{\"known\":\"a\"}") && parse("\u{feff} {\"known\":\"a\"}"));
        for body in ["\u{feff}\u{feff}{\"known\":\"a\"}", " \u{feff}{\"known\":\"a\"}", "\u{feff}"]
        {
            assert!(!parse(body), "{body:?}");
        }
        assert!(!parse("{\"known\":\"a\"}\u{feff}"));
    }

    #[test]
    fn a_body_that_two_parsers_could_read_differently_is_refused() {
        let deep = format!(r#"{{"known":"a","other":{}{}}}"#, "[".repeat(200), "]".repeat(200));
        let long = format!(r#"{{"known":"{}"}}"#, "a".repeat(16 * 1024));
        let refused: [&[u8]; 16] = [
            b"",
            b"known",
            b"{}",
            b"[]",
            br#"["a"]"#,
            b"null",
            br#"{"known":1}"#,
            br#"{"known":null}"#,
            br#"{"known":"a"} x"#,
            br#"{"known":"a","known":"a"}"#,
            br#"{"known":"a","other":{"x":1,"x":1}}"#,
            br#"{"known":"a","other":"\ud800"}"#,
            br#"{"known":"a","other":1e999}"#,
            b"{\"known\":\"\xff\"}",
            deep.as_bytes(),
            long.as_bytes(),
        ];
        for body in refused {
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]);
            let expected =
                if body.len() > MAX_BODY_BYTES { Malformed::TooLong } else { Malformed::Content };
            assert_eq!(parse("application/json", body), Err(expected), "{shown}");
        }
        for content_type in ["text/plain", "application/jsonp", "application/x-www-form-urlencoded"]
        {
            assert_eq!(parse(content_type, br#"{"known":"a"}"#), Err(Malformed::ContentType));
        }
    }
}
