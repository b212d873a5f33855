//! Forms: URL-encoded, which browsers and most clients send, and `multipart/form-data`.

use std::collections::HashMap;
use std::convert::Infallible;

use futures_util::future::ready;
use futures_util::stream::once;
use lambda_http::Request;
use lambda_http::http::header::CONTENT_TYPE;
use multer::Multipart;
use multer::bytes::Bytes;
use percent_encoding::percent_decode;

use super::body::{Malformed, bytes, is_of};
use super::headers::header;

/// The fields of a form.
#[derive(Default)]
pub struct Form(HashMap<String, String>);

impl Form {
    /// Removes a field from the form, and returns its text.
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    fn add(&mut self, name: String, value: String) -> Result<(), Malformed> {
        if self.0.insert(name, value).is_some() { Err(Malformed) } else { Ok(()) }
    }
}

/// The body as a form. A repeated name is refused, because two parsers could read it differently, and
/// so is text that is not UTF-8.
///
/// # Errors
/// [`Malformed`], also if the content type is another one or the body exceeds 16 KiB.
pub async fn form(request: &Request) -> Result<Form, Malformed> {
    let body = bytes(request)?;
    if is_of(request, "application/x-www-form-urlencoded") {
        url_encoded(body)
    } else if is_of(request, "multipart/form-data") {
        multipart(request, body).await
    } else {
        Err(Malformed)
    }
}

/// As in the URL Standard (§5.1), except that bytes outside UTF-8 are refused: as replacement
/// characters, they would make different passwords equal.
fn url_encoded(body: &[u8]) -> Result<Form, Malformed> {
    let mut form = Form::default();
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut halves = pair.splitn(2, |byte| *byte == b'=').map(decoded);
        let name = halves.next().unwrap_or_else(|| Ok(String::new()))?;
        let value = halves.next().unwrap_or_else(|| Ok(String::new()))?;
        form.add(name, value)?;
    }
    Ok(form)
}

fn decoded(text: &[u8]) -> Result<String, Malformed> {
    let spaced: Vec<u8> =
        text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).decode_utf8().map(String::from).map_err(|_| Malformed)
}

/// RFC 7578.
async fn multipart(request: &Request, body: &[u8]) -> Result<Form, Malformed> {
    let content_type = header(request, CONTENT_TYPE.as_str()).unwrap_or_default();
    let boundary = multer::parse_boundary(content_type).map_err(|_| Malformed)?;
    let body = Bytes::copy_from_slice(body);
    let mut parts = Multipart::new(once(ready(Ok::<_, Infallible>(body))), boundary);
    let mut form = Form::default();
    while let Some(part) = parts.next_field().await.map_err(|_| Malformed)? {
        let name = part.name().ok_or(Malformed)?.to_owned();
        let value = part.bytes().await.map_err(|_| Malformed)?;
        form.add(name, String::from_utf8(value.into()).map_err(|_| Malformed)?)?;
    }
    Ok(form)
}

#[cfg(test)]
mod tests {
    use lambda_http::{Body, http};

    use super::*;

    async fn parse(content_type: &str, body: impl AsRef<[u8]>) -> Result<Form, Malformed> {
        let mut request = Request::new(Body::Binary(body.as_ref().to_vec()));
        let value = http::HeaderValue::from_str(content_type).unwrap();
        request.headers_mut().insert(CONTENT_TYPE, value);
        form(&request).await
    }

    async fn field(body: &[u8]) -> Option<String> {
        let form = parse("application/x-www-form-urlencoded", body).await;
        form.ok()?.take("a")
    }

    fn part(head: &str, text: &str) -> String {
        format!("--X\r\nContent-Disposition: form-data{head}\r\n\r\n{text}\r\n")
    }

    #[tokio::test]
    async fn url_encoded_fields_are_decoded_once() {
        for (body, expected) in [
            (&b"a=b&c=d"[..], Some("b")),
            (b"&&c=d&a=b&", Some("b")),
            (b"%61=x+y%2Bz%26%3D", Some("x y+z&=")),
            (b"a=%2541", Some("%41")),
            (b"a=%c3%a9\xc3\xa9", Some("éé")),
            (b"a=100%&b=%zz", Some("100%")),
            (b"a==b", Some("=b")),
            (b"a", Some("")),
            (b"", None),
            (b"A=b", None),
            (b"{\"a\":\"b\"}", None),
        ] {
            let shown = String::from_utf8_lossy(body);
            assert_eq!(field(body).await.as_deref(), expected, "{shown}");
        }
    }

    #[tokio::test]
    async fn what_two_parsers_could_read_differently_is_refused() {
        let long = format!("a={}", "b".repeat(16 * 1024));
        for body in [&b"a=b&a=b"[..], b"a=b&%61=c", b"a&a", b"a=%ff", b"\xff=b", long.as_bytes()] {
            let form = parse("application/x-www-form-urlencoded", body).await;
            assert!(form.is_err(), "{}", String::from_utf8_lossy(&body[..4]));
        }
        for content_type in ["application/json", "text/plain", "multipart/mixed; boundary=X"] {
            assert!(parse(content_type, b"a=b").await.is_err(), "{content_type}");
        }
        let loud = parse("Application/X-WWW-Form-URLEncoded; charset=UTF-8", b"a=b").await;
        assert!(loud.is_ok());
    }

    #[tokio::test]
    async fn parts_are_fields() {
        let body = [part("; name=\"a\"", " b+%20\r\né"), part("; name=b; filename=x", "")].concat();
        for boundary in ["X", "\"X\"", "X; charset=utf-8"] {
            let content_type = format!("multipart/form-data; boundary={boundary}");
            let mut form = parse(&content_type, format!("{body}--X--\r\n")).await.ok().unwrap();
            assert_eq!(form.take("a").as_deref(), Some(" b+%20\r\né"));
            assert_eq!(form.take("b").as_deref(), Some(""));
        }
    }

    #[tokio::test]
    async fn broken_parts_are_refused() {
        let good = part("; name=\"a\"", "b");
        let twice = format!("{good}{good}--X--");
        for body in [
            "",
            "a=b",
            &good,
            &good.replace("--X", "--Y"),
            &twice,
            &format!("{}--X--", part("", "b")),
            &format!("{}--X--", good.replace("\r\n\r\n", "\r\n")),
        ] {
            let form = parse("multipart/form-data; boundary=X", body).await;
            assert!(form.is_err(), "{body}");
        }
        let head = b"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
        let bytes = [&head[..], b"\xff\r\n--X--"].concat();
        assert!(parse("multipart/form-data; boundary=X", bytes).await.is_err());
        for content_type in ["multipart/form-data", "multipart/form-data; boundary="] {
            assert!(parse(content_type, format!("{good}--X--")).await.is_err(), "{content_type}");
        }
    }
}
