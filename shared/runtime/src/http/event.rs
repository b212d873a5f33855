//! The fields of API Gateway's HTTP API payload, format 2.0, that we read.
//!
//! We don't use the event types of `lambda_http`: they panic if a client's path or query is not an
//! `http::Uri`, and refuse a header with a byte outside ASCII, so that a client could cause a 500. We
//! need no URI, since API Gateway parses the parameters of path and query.

use std::collections::HashMap;

use base64::Engine as _;
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, header};
use lambda_http::{Body, Request, RequestExt as _, Response};
use serde::{Deserialize, Serialize};

/// The event.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpEvent {
    #[serde(default)]
    headers: HashMap<String, String>,
    #[serde(default)]
    cookies: Vec<String>,
    #[serde(default)]
    path_parameters: HashMap<String, String>,
    #[serde(default)]
    query_string_parameters: HashMap<String, String>,
    #[serde(default)]
    request_context: RequestContext,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    #[serde(default)]
    request_id: String,
}

/// The id of the request, as an extension of it.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

impl HttpEvent {
    /// Leaves out a header that is not valid in HTTP, as if the client had not sent it.
    pub fn into_request(self) -> Request {
        let mut headers: HeaderMap = self
            .headers
            .iter()
            .filter_map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
                Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
            })
            .collect();
        if let Ok(cookies) = HeaderValue::from_str(&self.cookies.join("; "))
            && !self.cookies.is_empty()
        {
            headers.insert(header::COOKIE, cookies);
        }
        let body = match self.body {
            None => Body::Empty,
            Some(body) if self.is_base64_encoded => Body::Binary(decoded(body)),
            Some(body) => Body::Text(body),
        };
        let mut request = Request::new(body)
            .with_path_parameters(self.path_parameters)
            .with_query_string_parameters(self.query_string_parameters);
        *request.headers_mut() = headers;
        request.extensions_mut().insert(RequestId(self.request_context.request_id));
        request
    }
}

/// Decodes base64. An invalid text stays as it is: no parser of ours will accept it.
fn decoded(body: String) -> Vec<u8> {
    let base64 = base64::engine::general_purpose::STANDARD;
    base64.decode(&body).unwrap_or_else(|_| body.into_bytes())
}

/// The response payload, format 2.0.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    status_code: u16,
    headers: HashMap<String, String>,
    /// Always sent, even if empty: without it, `cargo lambda watch` answers with a 500.
    cookies: Vec<String>,
    body: String,
    is_base64_encoded: bool,
}

impl From<Response<Body>> for Reply {
    fn from(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let cookies = parts.headers.get_all(header::SET_COOKIE).iter().map(text).collect();
        let headers = parts
            .headers
            .iter()
            .filter(|(name, _)| *name != header::SET_COOKIE)
            .map(|(name, value)| (name.as_str().to_owned(), text(value)))
            .collect();
        let body = match body {
            Body::Text(body) => body,
            // Each answer of ours is JSON or empty.
            _ => String::new(),
        };
        Self {
            status_code: parts.status.as_u16(),
            headers,
            cookies,
            body,
            is_base64_encoded: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{header, reply, request_id};

    fn request(event: serde_json::Value) -> Request {
        serde_json::from_value::<HttpEvent>(event).unwrap().into_request()
    }

    #[test]
    fn odd_headers_paths_and_queries_are_no_error() {
        let request = request(serde_json::json!({
            "rawPath": "/a b/%zz", "rawQueryString": "a=<>\"",
            "headers": {"x-é": "1", "x-latin": "é", "x-line": "a\nb", "cv-api-key": "k", "host": "]["},
            "requestContext": {"requestId": "r"},
        }));
        assert_eq!(header(&request, "cv-api-key"), Some("k"));
        assert_eq!(header(&request, "x-line"), None);
        assert_eq!(header(&request, "x-latin"), Some("é"));
        assert_eq!(request_id(&request), "r");
    }

    #[test]
    fn a_reply_has_every_member_that_the_payload_format_has() {
        let reply = Reply::from(reply(200, &serde_json::json!({"a": 1})));
        let expected = serde_json::json!({
            "statusCode": 200, "headers": {}, "cookies": [], "body": "{\"a\":1}",
            "isBase64Encoded": false,
        });
        assert_eq!(serde_json::to_value(&reply).unwrap(), expected);
    }

    #[test]
    fn an_encoded_body_is_decoded() {
        let request = request(serde_json::json!({"body": "/w==", "isBase64Encoded": true}));
        assert_eq!(request.body().as_ref(), [0xff]);
        let request = self::request(serde_json::json!({"body": "{}", "isBase64Encoded": true}));
        assert_eq!(request.body().as_ref(), b"{}");
    }
}
