//! The event that a function gets for a request: API Gateway's payload format 2.0.
//!
//! Its documentation doesn't say: the path is decoded; a body is text only if the type is `text/*`, JSON,
//! XML or JavaScript, and base64 otherwise, also for forms and for bodies without a type.

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Version, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::time::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::routes::Match;
use crate::template::arn;

/// What the gateway adds to a request.
pub(super) struct Arrival {
    pub(super) id: String,
    pub(super) trace: String,
    pub(super) at: Timestamp,
    pub(super) from: IpAddr,
}

/// Headers of one connection, which the gateway doesn't pass on, and cookies, which have their own field.
const NOT_PASSED_ON: [header::HeaderName; 6] = [
    header::CONNECTION,
    header::COOKIE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// The path, decoded as by the gateway.
pub(super) fn decoded_path(parts: &Parts) -> String {
    percent_decode_str(parts.uri.path()).decode_utf8_lossy().into_owned()
}

pub(super) fn event(parts: &Parts, body: &Bytes, route: &Match<'_>, arrival: &Arrival) -> Value {
    let query = parts.uri.query().unwrap_or_default();
    let path = decoded_path(parts);
    let domain = text_of(&parts.headers, &header::HOST);
    let mut event = json!({
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(parts, arrival),
        "requestContext": {
            "accountId": arn::ACCOUNT,
            "apiId": "local",
            "domainName": domain.split(':').next(),
            "domainPrefix": "local",
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": protocol(parts.version),
                "sourceIp": arrival.from.to_string(),
                "userAgent": text_of(&parts.headers, &header::USER_AGENT),
            },
            "requestId": arrival.id,
            "routeKey": route.key,
            "stage": "$default",
            "time": common_log_format(arrival.at),
            "timeEpoch": arrival.at.millis(),
        },
        "isBase64Encoded": false,
    });
    let cookies: Vec<_> = cookies(&parts.headers);
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    if !query.is_empty() {
        event["queryStringParameters"] = json!(query_parameters(query));
    }
    if !route.parameters.is_empty() {
        event["pathParameters"] = json!(route.parameters);
    }
    if !body.is_empty() {
        let (body, is_base64) = encoded(body, &text_of(&parts.headers, &header::CONTENT_TYPE));
        event["body"] = Value::String(body);
        event["isBase64Encoded"] = Value::Bool(is_base64);
    }
    event
}

/// The request's headers, with lower-case names and repeated values joined by commas, and the gateway's
/// own.
fn headers(parts: &Parts, arrival: &Arrival) -> Map<String, Value> {
    let mut joined = Map::new();
    for name in parts.headers.keys().filter(|name| !NOT_PASSED_ON.contains(name)) {
        joined.insert(name.to_string(), Value::String(text_of(&parts.headers, name)));
    }
    let host = text_of(&parts.headers, &header::HOST);
    let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
    let sender = match joined.get("x-forwarded-for").and_then(Value::as_str) {
        Some(earlier) => format!("{earlier}, {}", arrival.from),
        None => arrival.from.to_string(),
    };
    joined.insert("x-amzn-trace-id".into(), json!(arrival.trace));
    joined.insert("x-forwarded-for".into(), json!(sender));
    joined.insert("x-forwarded-port".into(), json!(port));
    joined.insert("x-forwarded-proto".into(), json!("http"));
    joined
}

fn text_of(headers: &HeaderMap, name: &header::HeaderName) -> String {
    let values =
        headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    values.collect::<Vec<_>>().join(",")
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let lines =
        headers.get_all(header::COOKIE).iter().map(|line| String::from_utf8_lossy(line.as_bytes()));
    lines.flat_map(|line| line.split("; ").map(ToOwned::to_owned).collect::<Vec<_>>()).collect()
}

/// The parameters, decoded, with repeated values joined by commas.
fn query_parameters(query: &str) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        joined
            .entry(name.into_owned())
            .and_modify(|all| {
                all.push(',');
                all.push_str(&value);
            })
            .or_insert_with(|| value.clone().into_owned());
    }
    joined
}

fn encoded(body: &Bytes, content_type: &str) -> (String, bool) {
    match std::str::from_utf8(body) {
        Ok(text) if is_text(content_type) => (text.to_owned(), false),
        _ => (STANDARD.encode(body), true),
    }
}

fn is_text(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let named = ["application/json", "application/xml", "application/javascript"];
    essence.starts_with("text/") || named.contains(&essence.as_str())
}

fn protocol(version: Version) -> &'static str {
    if version == Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" }
}

/// `12/Mar/2020:19:03:58 +0000`
fn common_log_format(at: Timestamp) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let rfc3339 = at.rfc3339();
    let (date, time) = rfc3339.split_once('T').unwrap_or_default();
    let mut fields = date.split('-');
    let (year, month, day) = (fields.next(), fields.next(), fields.next());
    let month =
        month.and_then(|it| it.parse::<usize>().ok()).and_then(|it| MONTHS.get(it.wrapping_sub(1)));
    let [year, day] = [year, day].map(Option::unwrap_or_default);
    format!(
        "{day}/{}/{year}:{} +0000",
        month.unwrap_or(&""),
        time.split('.').next().unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn event_of(request: axum::http::request::Builder, body: &[u8]) -> Value {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let arrival = Arrival {
            id: "request".into(),
            trace: "Root=1".into(),
            at: Timestamp::from_millis(1_583_348_638_390),
            from: IpAddr::from([127, 0, 0, 1]),
        };
        let route = Match {
            function: "f",
            key: "POST /a/{b}".into(),
            parameters: BTreeMap::from([("b".into(), "c d".into())]),
        };
        event(&parts, &Bytes::copy_from_slice(body), &route, &arrival)
    }

    #[test]
    fn a_request_becomes_an_event_of_version_2() {
        let request = Request::post("/a/c%20d?x=1&x=2&y=%2F")
            .header("Host", "127.0.0.1:9000")
            .header("Content-Type", "application/json")
            .header("X-One", "a")
            .header("X-One", "b")
            .header("Cookie", "k=v; l=w")
            .header("User-Agent", "test");
        let event = event_of(request, b"{}");
        let expected = json!({
            "version": "2.0",
            "routeKey": "POST /a/{b}",
            "rawPath": "/a/c d",
            "rawQueryString": "x=1&x=2&y=%2F",
            "cookies": ["k=v", "l=w"],
            "headers": {
                "content-type": "application/json",
                "host": "127.0.0.1:9000",
                "user-agent": "test",
                "x-amzn-trace-id": "Root=1",
                "x-forwarded-for": "127.0.0.1",
                "x-forwarded-port": "9000",
                "x-forwarded-proto": "http",
                "x-one": "a,b",
            },
            "queryStringParameters": { "x": "1,2", "y": "/" },
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "local",
                "domainName": "127.0.0.1",
                "domainPrefix": "local",
                "http": {
                    "method": "POST", "path": "/a/c d", "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1", "userAgent": "test",
                },
                "requestId": "request",
                "routeKey": "POST /a/{b}",
                "stage": "$default",
                "time": "04/Mar/2020:19:03:58 +0000",
                "timeEpoch": 1_583_348_638_390_i64,
            },
            "pathParameters": { "b": "c d" },
            "body": "{}",
            "isBase64Encoded": false,
        });
        assert_eq!(event, expected);
    }

    #[test]
    fn a_body_is_text_only_if_its_type_says_so_and_it_is_utf_8() {
        let encoded_as = |content_type: &str, body: &[u8]| {
            let event = event_of(Request::post("/").header("content-type", content_type), body);
            (event["body"].as_str().unwrap().to_owned(), event["isBase64Encoded"] == true)
        };
        assert_eq!(encoded_as("application/json; charset=utf-8", b"{}"), ("{}".into(), false));
        assert_eq!(encoded_as("application/x-www-form-urlencoded", b"a=b"), ("YT1i".into(), true));
        assert_eq!(encoded_as("application/json", b"\xff"), ("/w==".into(), true));
        let without_type = event_of(Request::post("/"), b"{}");
        assert_eq!(without_type["isBase64Encoded"], true);
        assert!(event_of(Request::post("/"), b"").get("body").is_none());
    }
}
