//! The response to a function's answer, by the rules of payload format 2.0.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    #[serde(default)]
    cookies: Vec<String>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// The response; `None` if the gateway can't read the function's answer.
pub(super) fn response(answer: &[u8]) -> Option<Response<Body>> {
    let value: Value = serde_json::from_slice(answer).ok()?;
    if value.get("statusCode").is_none() {
        return inferred(&value);
    }
    let reply: Reply = serde_json::from_value(value).ok()?;
    let mut response = Response::builder().status(reply.status_code);
    if !reply.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type")) {
        response = response.header(header::CONTENT_TYPE, "text/plain;charset=utf-8");
    }
    for (name, value) in &reply.headers {
        let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        response = response.header(name, text);
    }
    for cookie in &reply.cookies {
        response = response.header(header::SET_COOKIE, cookie);
    }
    let body = reply.body.unwrap_or_default();
    let body =
        if reply.is_base64_encoded { STANDARD.decode(body).ok()? } else { body.into_bytes() };
    response.body(Body::from(body)).ok()
}

/// An answer without a status is the body of a 200.
fn inferred(value: &Value) -> Option<Response<Body>> {
    let body = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    let response =
        Response::builder().status(StatusCode::OK).header(header::CONTENT_TYPE, "application/json");
    response.body(Body::from(body)).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    async fn parts(answer: &Value) -> (u16, Vec<String>, Vec<u8>) {
        let response = response(answer.to_string().as_bytes()).unwrap();
        let (head, body) = response.into_parts();
        let headers =
            head.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
        let headers = headers.collect();
        (
            head.status.as_u16(),
            headers,
            axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec(),
        )
    }

    #[tokio::test]
    async fn status_headers_cookies_and_binary_bodies_arrive() {
        let answer = json!({
            "statusCode": 201, "headers": { "content-type": "a/b" }, "multiValueHeaders": {},
            "cookies": ["a=1", "b=2"], "body": "/w==", "isBase64Encoded": true,
        });
        let (status, headers, body) = parts(&answer).await;
        assert_eq!((status, body), (201, vec![0xff]));
        assert_eq!(headers, ["content-type: a/b", "set-cookie: a=1", "set-cookie: b=2"]);
    }

    #[tokio::test]
    async fn an_answer_without_a_status_is_the_body() {
        let (status, headers, body) = parts(&json!({ "a": 1 })).await;
        assert_eq!((status, body), (200, br#"{"a":1}"#.to_vec()));
        assert_eq!(headers, ["content-type: application/json"]);
    }

    #[test]
    fn what_is_no_answer_is_none() {
        for answer in ["", "not json", r#"{"statusCode":"x"}"#, r#"{"statusCode":200,"body":{}}"#] {
            assert!(response(answer.as_bytes()).is_none(), "{answer}");
        }
    }
}
