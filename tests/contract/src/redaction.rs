//! Hides what differs from run to run, after a look at its shape: a snapshot proves the shape too.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

pub(crate) fn header(name: &str, value: &str) -> String {
    match name {
        "x-request-id" => {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=".contains(c);
            assert!((16..=64).contains(&value.len()) && value.chars().all(is_plain), "{value:?}");
            "[request id]".to_owned()
        }
        "retry-after" => {
            let seconds: u32 = value.parse().expect("whole seconds");
            assert!((1..=86_400).contains(&seconds), "{seconds} s is no time until a day's end");
            "[seconds]".to_owned()
        }
        "set-cookie" => {
            let (name, rest) = value.split_once('=').expect("a cookie");
            let (token, attributes) = rest.split_once(';').expect("attributes");
            assert!(token.is_empty() || is_jwt(token), "{token:?} does not look like a token");
            let token = if token.is_empty() { "" } else { "[token]" };
            format!("{name}={token};{}", attributes.replace(expiry(attributes), "[date]"))
        }
        _ => value.to_owned(),
    }
}

/// The date of a cookie's `Expires`, unless it is the one that clears a cookie.
fn expiry(attributes: &str) -> &str {
    let (_, rest) = attributes.split_once("Expires=").expect("an expiry");
    let date = rest.split(';').next().unwrap_or_default();
    let is_date = date.len() == 29 && date.contains(", ") && date.ends_with(" GMT");
    assert!(is_date, "{date:?} is no date of HTTP");
    if date.contains("1970") { "[date]" } else { date }
}

pub(crate) fn body(text: &str) -> String {
    let Ok(json) = serde_json::from_str(text) else { return text.to_owned() };
    let mut redacted = text.to_owned();
    hide(&json, &mut redacted);
    redacted
}

fn hide(json: &Value, text: &mut String) {
    for (name, value) in json.as_object().into_iter().flatten() {
        match value {
            Value::String(secret) => {
                if let Some(label) = label(name, secret) {
                    *text = text.replace(&value.to_string(), &format!("\"[{label}]\""));
                }
            }
            nested => hide(nested, text),
        }
    }
}

/// What a value is called in snapshots, if it must not be in them.
fn label(name: &str, value: &str) -> Option<&'static str> {
    let (label, shape): (_, fn(&str) -> bool) = match name {
        "accessToken" => ("access token", is_jwt),
        "requestId" => ("request id", is_request_id),
        "timestamp" => ("timestamp", is_timestamp),
        "refreshToken" => ("refresh token", is_refresh_token),
        "token" => ("token", is_jwt),
        "access_token" => ("access token", is_opaque),
        "userId" | "id" => ("user id", is_uuid),
        "organizationId" | "organization" => ("organization id", is_uuid),
        "email" => ("email", is_email),
        "phoneNumber" => ("phone number", is_phone_number),
        _ => return None,
    };
    assert!(shape(value), "{value:?} does not look like a {label}");
    Some(label)
}

fn is_jwt(token: &str) -> bool {
    let parts: Vec<_> = token.split('.').collect();
    parts.len() == 3
        && parts[..2].iter().all(|part| {
            URL_SAFE_NO_PAD.decode(part).is_ok_and(|json| {
                serde_json::from_slice::<Value>(&json).is_ok_and(|part| part.is_object())
            })
        })
        && URL_SAFE_NO_PAD
            .decode(parts[2])
            // HMAC with SHA-512, or RSA with 2048 bits.
            .is_ok_and(|signature| [64, 256].contains(&signature.len()))
}

/// `req_<milliseconds since the epoch>_<random>`.
fn is_request_id(id: &str) -> bool {
    let parts: Vec<_> = id.splitn(3, '_').collect();
    parts.len() == 3
        && parts[0] == "req"
        && parts[1].len() == 13
        && parts[1].chars().all(|c| c.is_ascii_digit())
        && parts[2].len() >= 8
        && parts[2].chars().all(|c| c.is_ascii_alphanumeric())
}

/// `2024-01-15T10:30:00.000Z`.
fn is_timestamp(text: &str) -> bool {
    let shape = |c: char| if c.is_ascii_digit() { '0' } else { c };
    text.chars().map(shape).collect::<String>() == "0000-00-00T00:00:00.000Z"
}

fn is_refresh_token(token: &str) -> bool {
    URL_SAFE_NO_PAD.decode(token).is_ok_and(|bytes| bytes.len() == 32)
}

fn is_opaque(token: &str) -> bool {
    token.len() == 42 && token.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_uuid(id: &str) -> bool {
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    id.len() == 36
        && id.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => is_hex(c),
        })
}

fn is_email(email: &str) -> bool {
    email.matches('@').count() == 1 && email == email.trim().to_lowercase()
}

fn is_phone_number(number: &str) -> bool {
    number
        .strip_prefix('+')
        .is_some_and(|digits| digits.len() <= 15 && digits.chars().all(|c| c.is_ascii_digit()))
}
