//! Forms as clients and proxies write them: charsets, letter case, folded heads, parts that nobody asked
//! for.
#![expect(clippy::expect_used, reason = "a test reports by panicking")]

use contract::{
    ask,
    exchange::{Exchange, PASSWORD, SIGNIN, encoded, form, url_encoded},
};
use reqwest::{Method, RequestBuilder};

/// In ISO-8859-1, in which the password's letters have the same numbers as in Unicode.
fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).expect("a letter of ISO-8859-1")).collect()
}

fn percent(bytes: &[u8]) -> String {
    let encoded = |text: String, byte: &u8| text + &format!("%{byte:02x}");
    bytes.iter().fold(String::new(), encoded)
}

fn part(head: &str, content: &[u8]) -> Vec<u8> {
    [b"--X\r\n", head.as_bytes(), b"\r\n\r\n", content, b"\r\n"].concat()
}

fn multipart(exchange: &Exchange, parameters: &str, parts: &[Vec<u8>]) -> RequestBuilder {
    let request = exchange.request(Method::POST, SIGNIN);
    let request =
        request.header("content-type", format!("multipart/form-data; boundary=X{parameters}"));
    request.body([&parts.concat(), &b"--X--\r\n"[..]].concat())
}

#[tokio::test]
async fn a_declared_charset_is_honoured_and_undeclared_bytes_are_utf_8_or_iso_8859_1() {
    let exchange = Exchange::new().await;
    let (utf8, latin1) = (PASSWORD.as_bytes().to_vec(), latin1(PASSWORD));
    for (charset, password, status) in [
        ("", &utf8, 200),
        ("", &latin1, 200),
        ("; charset=UTF-8", &utf8, 200),
        ("; charset=UTF-8", &latin1, 404),
        ("; charset=ISO-8859-1", &latin1, 200),
        ("; charset=ISO-8859-1", &utf8, 404),
        ("; Charset=\"windows-1252\"", &latin1, 200),
        ("; charset=US-ASCII", &utf8, 200),
        ("; charset=klingon", &utf8, 200),
    ] {
        let form = format!("email={}&password={}", encoded(&exchange.email), percent(password));
        let request = exchange.request(Method::POST, SIGNIN);
        let content_type = format!("application/x-www-form-urlencoded{charset}");
        let request = request.header("content-type", content_type).body(form);
        assert_eq!(ask(request).await.status, status, "{charset}");

        let email =
            part("Content-Disposition: form-data; name=\"email\"", exchange.email.as_bytes());
        let plain = part("Content-Disposition: form-data; name=\"password\"", password);
        let of_form = multipart(&exchange, charset, &[email.clone(), plain]);
        assert_eq!(ask(of_form).await.status, status, "{charset} of a multipart form");
        let head = format!(
            "Content-Disposition: form-data; name=\"password\"\r\nContent-Type: text/plain{charset}"
        );
        let of_part = multipart(&exchange, "", &[email, part(&head, password)]);
        assert_eq!(ask(of_part).await.status, status, "{charset} of a part");
    }
}

#[tokio::test]
async fn parts_are_read_in_any_letter_case_and_folded_and_unknown_ones_are_ignored() {
    let exchange = Exchange::new().await;
    let bytes: Vec<u8> = (0..=u8::MAX).collect();
    let email = |head: &str| part(head, exchange.email.as_bytes());
    let plain = email("Content-Disposition: form-data; name=\"email\"");
    let password = part("content-disposition: form-data; name=password", PASSWORD.as_bytes());
    let file = "Content-Disposition: form-data; name=\"photo\"; filename=\"a;name=email\"";
    for parts in [
        vec![plain.clone()],
        vec![email("CONTENT-DISPOSITION: Form-Data; NAME=\"email\"")],
        vec![email("Content-Disposition: form-data;\r\n name=\"email\"")],
        vec![email("Content-Disposition: form-data;\r\n\tName=email\r\nContent-Type: text/plain")],
        vec![part(file, &bytes), plain.clone()],
        vec![
            plain.clone(),
            part(&format!("{file}\r\nContent-Type: text/plain; charset=utf-8"), &bytes),
        ],
    ] {
        let shown = String::from_utf8_lossy(&parts[0][..60]).into_owned();
        let request = multipart(&exchange, "", &[parts, vec![password.clone()]].concat());
        assert_eq!(ask(request).await.status, 200, "{shown}");
    }
    let twice = multipart(&exchange, "", &[plain.clone(), password.clone(), plain]);
    assert_eq!(ask(twice).await.status, 404);
    let form = form(&exchange.email, PASSWORD) + "&x=%ff";
    let request = url_encoded(exchange.request(Method::POST, SIGNIN), form);
    assert_eq!(ask(request).await.status, 200);
}
