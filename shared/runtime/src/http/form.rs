//! Forms: URL-encoded, which browsers and most clients send, and `multipart/form-data`.

use std::collections::HashMap;

use lambda_http::Request;
use lambda_http::http::header::CONTENT_TYPE;
use percent_encoding::percent_decode;

use super::body::{Malformed, bytes, is_of};
use super::charset::Charset;
use super::multipart;

/// The fields of a form.
#[derive(Default)]
pub struct Form(HashMap<Vec<u8>, Field>);

struct Field {
    content: Vec<u8>,
    charset: Charset,
}

impl Form {
    /// Removes a field from the form, and returns its text; `None` if it is absent or is not text. A field
    /// that nobody takes may have any bytes.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let Field { content, charset } = self.0.remove(name.as_bytes())?;
        charset.decoded(content)
    }

    fn add(&mut self, name: Vec<u8>, content: Vec<u8>, charset: Charset) -> Result<(), Malformed> {
        let earlier = self.0.insert(name, Field { content, charset });
        if earlier.is_some() { Err(Malformed::Content) } else { Ok(()) }
    }
}

/// The body as a form. A repeated name is refused, because two parsers could read it differently.
///
/// # Errors
/// [`Malformed`], also if the content type is another one or the body exceeds 16 KiB.
pub fn form(request: &Request) -> Result<Form, Malformed> {
    let body = bytes(request)?;
    let content_type =
        request.headers().get(CONTENT_TYPE).ok_or(Malformed::ContentType)?.as_bytes();
    let charset = Charset::declared(content_type);
    if is_of(request, "application/x-www-form-urlencoded") {
        url_encoded(body, charset)
    } else if is_of(request, "multipart/form-data") {
        let mut form = Form::default();
        for part in multipart::parts(content_type, body)? {
            form.add(part.name, part.content.to_vec(), part.charset.or(charset))?;
        }
        Ok(form)
    } else {
        Err(Malformed::ContentType)
    }
}

/// As in the URL Standard (§5.1), but for the charset.
fn url_encoded(body: &[u8], charset: Charset) -> Result<Form, Malformed> {
    let mut form = Form::default();
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut halves = pair.splitn(2, |byte| *byte == b'=').map(decoded);
        let name = halves.next().unwrap_or_default();
        form.add(name, halves.next().unwrap_or_default(), charset)?;
    }
    Ok(form)
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> =
        text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).collect()
}

#[cfg(test)]
mod tests {
    use lambda_http::{Body, http};

    use super::*;

    fn parse(content_type: &str, body: impl AsRef<[u8]>) -> Result<Form, Malformed> {
        let mut request = Request::new(Body::Binary(body.as_ref().to_vec()));
        let value = http::HeaderValue::from_str(content_type).unwrap();
        request.headers_mut().insert(CONTENT_TYPE, value);
        form(&request)
    }

    fn field(body: &[u8]) -> Option<String> {
        let form = parse("application/x-www-form-urlencoded", body);
        form.ok()?.take("a")
    }

    fn part(head: &str, text: &str) -> String {
        format!("--X\r\nContent-Disposition: form-data{head}\r\n\r\n{text}\r\n")
    }

    #[test]
    fn url_encoded_fields_are_decoded_once() {
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
            (b"a=%e9\xe9", Some("éé")),
            (b"a=b&c=%ff\xff&\xff=%ff", Some("b")),
            (b"{\"a\":\"b\"}", None),
        ] {
            let shown = String::from_utf8_lossy(body);
            assert_eq!(field(body).as_deref(), expected, "{shown}");
        }
    }

    #[test]
    fn what_two_parsers_could_read_differently_is_refused() {
        let long = format!("a={}", "b".repeat(16 * 1024));
        for body in [&b"a=b&a=b"[..], b"a=b&%61=c", b"a&a", long.as_bytes()] {
            let form = parse("application/x-www-form-urlencoded", body);
            assert!(form.is_err(), "{}", String::from_utf8_lossy(&body[..4]));
        }
        for content_type in ["application/json", "text/plain", "multipart/mixed; boundary=X"] {
            assert!(parse(content_type, b"a=b").is_err(), "{content_type}");
        }
        let loud = parse("Application/X-WWW-Form-URLEncoded; charset=UTF-8", b"a=b");
        assert!(loud.is_ok());
    }

    #[test]
    fn parts_are_fields() {
        let body = [part("; name=\"a\"", " b+%20\r\né"), part("; name=b; filename=x", "")].concat();
        for boundary in ["X", "\"X\"", "X; charset=utf-8"] {
            let content_type = format!("multipart/form-data; boundary={boundary}");
            let mut form = parse(&content_type, format!("{body}--X--\r\n")).ok().unwrap();
            assert_eq!(form.take("a").as_deref(), Some(" b+%20\r\né"));
            assert_eq!(form.take("b").as_deref(), Some(""));
        }
    }

    #[test]
    fn a_declared_charset_is_honoured() {
        let url = |charset: &str, body: &[u8]| {
            let content_type = format!("application/x-www-form-urlencoded{charset}");
            parse(&content_type, body).ok()?.take("a")
        };
        for (charset, body, expected) in [
            ("", &b"a=%e9\x80"[..], Some("é\u{80}")),
            ("; charset=iso-8859-1", b"a=%e9\x80", Some("é\u{80}")),
            ("; charset=ISO-8859-1", b"a=%c3%a9", Some("Ã©")),
            ("; charset=windows-1252", b"a=%e9%80", Some("é€")),
            ("; charset=US-ASCII", b"a=e", Some("e")),
            ("; charset=utf-8", b"a=%c3%a9", Some("é")),
            ("; charset=utf-8", b"a=%e9", None),
        ] {
            assert_eq!(url(charset, body).as_deref(), expected, "{charset}");
            let part_type = format!("; name=a\r\nContent-Type: text/plain{charset}");
            let [in_form, in_part] =
                [("", part_type.as_str()), (charset, "; name=a")].map(|(of_form, head)| {
                    let text = percent_decode(&body[2..]).collect::<Vec<_>>();
                    let head = format!("--X\r\nContent-Disposition: form-data{head}\r\n\r\n");
                    let body = [head.as_bytes(), &text, b"\r\n--X--"].concat();
                    let content_type = format!("multipart/form-data; boundary=X{of_form}");
                    parse(&content_type, body).ok().unwrap().take("a")
                });
            assert_eq!(in_form.as_deref(), expected, "{charset} of the form");
            assert_eq!(in_part.as_deref(), expected, "{charset} of the part");
        }
        // A part knows better than the form.
        let head = "; name=a\r\ncontent-type: text/plain; charset=utf-8";
        let body = format!("{}--X--", part(head, "é"));
        let mut form = parse("multipart/form-data; boundary=X; charset=latin1", body).ok().unwrap();
        assert_eq!(form.take("a").as_deref(), Some("é"));
    }

    #[test]
    fn heads_of_parts_may_be_folded_and_of_any_letter_case() {
        for head in [
            "; NAME=\"a\"",
            "; Name=a",
            ";\r\n name=\"a\"",
            ";\r\n\tfilename=\"x;name=b\"; \r\n  name=a",
            "; name=a\r\nContent-Type: text/plain;\r\n charset=utf-8\r\nX-Y: z",
        ] {
            let body = format!("preamble\r\n{}--X--\r\nepilogue", part(head, "é"));
            for body in [body.clone(), body.replace("Content-Disp", "CONTENT-disp")] {
                let form = parse("multipart/form-data; boundary=X", &body);
                assert_eq!(form.ok().unwrap().take("a").as_deref(), Some("é"), "{body}");
            }
        }
    }

    #[test]
    fn unknown_parts_may_have_any_bytes() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        let heads: [&[u8]; 3] = [
            b"name=b; filename=\"x\"\r\nContent-Type: text/plain; charset=utf-8",
            b"name=\"\xff\"",
            b"name=c\r\nX: \xff",
        ];
        for head in heads {
            let unknown =
                [b"--X\r\nContent-Disposition: form-data; ", head, b"\r\n\r\n", &bytes, b"\r\n"]
                    .concat();
            let body = [&unknown, part("; name=a", "b").as_bytes(), b"--X--"].concat();
            let mut form = parse("multipart/form-data; boundary=X", body).ok().unwrap();
            assert_eq!(form.take("a").as_deref(), Some("b"));
        }
    }

    #[test]
    fn broken_parts_are_refused() {
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
            let form = parse("multipart/form-data; boundary=X", body);
            assert!(form.is_err(), "{body}");
        }
        for content_type in ["multipart/form-data", "multipart/form-data; boundary="] {
            assert!(parse(content_type, format!("{good}--X--")).is_err(), "{content_type}");
        }
    }
}
