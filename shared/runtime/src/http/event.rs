//! The fields of a request event that we read, and the reply to it.
//!
//! A function is deployed behind an HTTP API with payload format 2.0. A function URL sends the same
//! format; a REST API, and an HTTP API that is set so, send format 1.0.
//!
//! We don't use the event types of `lambda_http`: they panic if a client's path or query is not an
//! `http::Uri`, and refuse a header with a byte outside ASCII, so that a client could cause a 500. We
//! need no URI, since API Gateway parses the parameters of path and query.

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, header};
use lambda_http::{Body, Request, RequestExt as _, Response};
use serde::{Deserialize, Serialize};

use crate::field;

/// The event.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpEvent {
    /// A REST API doesn't send it.
    #[serde(default, deserialize_with = "field::or_default")]
    version: Option<String>,
    /// Only in format 1.0; format 2.0 has it in the request context.
    #[serde(default, deserialize_with = "field::or_default")]
    http_method: Option<String>,
    #[serde(default, deserialize_with = "field::texts")]
    headers: BTreeMap<String, String>,
    /// Only in format 1.0. Of a repeated header, its `headers` have only the last value.
    #[serde(default, deserialize_with = "field::lists")]
    multi_value_headers: BTreeMap<String, Vec<String>>,
    /// Only in format 2.0, which takes them out of the headers.
    #[serde(default, deserialize_with = "field::list")]
    cookies: Vec<String>,
    #[serde(default, deserialize_with = "field::texts")]
    path_parameters: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "field::texts")]
    query_string_parameters: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "field::or_default")]
    request_context: RequestContext,
    #[serde(default, deserialize_with = "field::or_default")]
    body: Option<String>,
    #[serde(default, deserialize_with = "field::or_default")]
    is_base64_encoded: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    #[serde(default, deserialize_with = "field::or_default")]
    request_id: String,
}

/// The format of an event, and so of its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PayloadFormat {
    /// 1.0
    One,
    /// 2.0
    Two,
}

/// The id of the request, as an extension of it.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

impl HttpEvent {
    pub(super) fn format(&self) -> PayloadFormat {
        match self.version.as_deref() {
            Some("1.0") => PayloadFormat::One,
            Some("2.0") => PayloadFormat::Two,
            _ if self.http_method.is_some() => PayloadFormat::One,
            _ => PayloadFormat::Two,
        }
    }

    /// Leaves out a header that is not valid in HTTP, as if the client had not sent it.
    pub fn into_request(self) -> Request {
        let headers = self.headers();
        let body = match self.body {
            None => Body::Empty,
            Some(body) if self.is_base64_encoded => Body::Binary(decoded(body)),
            Some(body) => Body::Text(body),
        };
        let path_parameters: HashMap<_, _> = self.path_parameters.into_iter().collect();
        let query: HashMap<_, _> = self.query_string_parameters.into_iter().collect();
        let mut request = Request::new(body)
            .with_path_parameters(path_parameters)
            .with_query_string_parameters(query);
        *request.headers_mut() = headers;
        request.extensions_mut().insert(RequestId(self.request_context.request_id));
        request
    }

    /// The headers, in the form of format 2.0: the values of a repeated header stand in one, separated
    /// by commas, those of `Cookie` by semicolons.
    fn headers(&self) -> HeaderMap {
        let mut sent: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let repeated = self.multi_value_headers.iter().filter(|(_, values)| !values.is_empty());
        for (name, values) in repeated {
            let all = sent.entry(name.to_ascii_lowercase()).or_default();
            all.extend(values.iter().map(String::as_str));
        }
        let single = self
            .headers
            .iter()
            .filter(|(name, _)| self.multi_value_headers.get(*name).is_none_or(Vec::is_empty));
        for (name, value) in single {
            sent.entry(name.to_ascii_lowercase()).or_default().push(value);
        }
        if !self.cookies.is_empty() {
            let is_valid = |cookie: &&str| HeaderValue::from_bytes(cookie.as_bytes()).is_ok();
            let cookies = self.cookies.iter().map(String::as_str).filter(is_valid);
            sent.entry(header::COOKIE.to_string()).or_default().splice(..0, cookies);
        }
        let headers = sent.into_iter().filter_map(|(name, values)| {
            let separator = if name == header::COOKIE.as_str() { "; " } else { "," };
            let value = HeaderValue::from_bytes(values.join(separator).as_bytes()).ok()?;
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
        });
        headers.collect()
    }
}

/// Decodes base64. An invalid text stays as it is: no parser of ours will accept it.
fn decoded(body: String) -> Vec<u8> {
    let base64 = base64::engine::general_purpose::STANDARD;
    base64.decode(&body).unwrap_or_else(|_| body.into_bytes())
}

/// The reply to an event, in the event's format.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Reply {
    One(ReplyOne),
    Two(ReplyTwo),
}

/// The response payload, format 1.0.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplyOne {
    status_code: u16,
    multi_value_headers: BTreeMap<String, Vec<String>>,
    body: String,
    is_base64_encoded: bool,
}

/// The response payload, format 2.0.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplyTwo {
    status_code: u16,
    headers: BTreeMap<String, String>,
    /// Always sent, even if empty: without it, `cargo lambda watch` answers with a 500.
    cookies: Vec<String>,
    body: String,
    is_base64_encoded: bool,
}

impl Reply {
    pub(super) fn new(format: PayloadFormat, response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in &parts.headers {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            headers.entry(name.to_string()).or_default().push(text);
        }
        let body = match body {
            Body::Text(body) => body,
            // Each answer of ours is JSON or empty.
            _ => String::new(),
        };
        let (status_code, is_base64_encoded) = (parts.status.as_u16(), false);
        match format {
            PayloadFormat::One => {
                let multi_value_headers = headers;
                Self::One(ReplyOne { status_code, multi_value_headers, body, is_base64_encoded })
            }
            PayloadFormat::Two => {
                let cookies = headers.remove(header::SET_COOKIE.as_str()).unwrap_or_default();
                let joined = headers.into_iter().map(|(name, values)| (name, values.join(",")));
                let headers = joined.collect();
                Self::Two(ReplyTwo { status_code, headers, cookies, body, is_base64_encoded })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::field::tests::{any_json, fields};
    use crate::http::{cookie, header, no_content, path_parameter, reply, request_id};

    /// One request as an HTTP API sends it in either format, and as a REST API and a function URL do.
    fn events() -> Vec<(PayloadFormat, Value)> {
        let headers = json!({"Cv-Api-Key": "k", "x-twice": "b"});
        let multiple = json!({"Cv-Api-Key": ["k"], "x-twice": ["a", "b"], "cookie": ["a=1; b=2"]});
        let parameters = json!({"api": "patient"});
        let context = json!({
            "accountId": "1", "requestId": "r", "identity": {"sourceIp": "192.0.2.1"},
            "http": {"method": "GET", "path": "/patient/users/account"}, "authorizer": {},
        });
        let one = json!({
            "version": "1.0", "resource": "/{api}/users/account", "path": "/patient/users/account",
            "httpMethod": "GET", "headers": headers, "multiValueHeaders": multiple,
            "queryStringParameters": {"a": "2"}, "multiValueQueryStringParameters": {"a": ["1", "2"]},
            "pathParameters": parameters, "stageVariables": null, "requestContext": context,
            "body": "{}", "isBase64Encoded": false,
        });
        let mut rest = one.clone();
        rest.as_object_mut().unwrap().remove("version");
        let two = json!({
            "version": "2.0", "routeKey": "GET /{api}/users/account", "rawQueryString": "a=1&a=2",
            "rawPath": "/patient/users/account", "cookies": ["a=1", "b=2"],
            "headers": {"cv-api-key": "k", "x-twice": "a,b"}, "requestContext": context,
            "queryStringParameters": {"a": "1,2"}, "pathParameters": parameters,
            "stageVariables": {}, "body": "{}", "isBase64Encoded": false,
        });
        let mut url = two.clone();
        url["routeKey"] = json!("$default");
        url["pathParameters"] = Value::Null;
        let (one_format, two_format) = (PayloadFormat::One, PayloadFormat::Two);
        vec![(one_format, one), (one_format, rest), (two_format, two), (two_format, url)]
    }

    proptest! {
        #[test]
        fn no_field_of_an_event_fails_it(
            kind in 0..4_usize,
            changes in prop::collection::vec((any::<prop::sample::Index>(), any_json()), 1..6),
        ) {
            let (_, mut event) = events().remove(kind);
            for (index, value) in changes {
                let fields = fields(&event, "");
                if let Some(field) = event.pointer_mut(index.get::<String>(&fields)) {
                    *field = value;
                }
            }
            let event: HttpEvent = serde_json::from_value(event).unwrap();
            let format = event.format();
            let request = event.into_request();
            let _ = (header(&request, "cv-api-key"), request_id(&request));
            let reply = serde_json::to_value(Reply::new(format, no_content())).unwrap();
            prop_assert_eq!(&reply["statusCode"], 204);
        }
    }

    #[test]
    fn every_field_may_be_null_or_absent() {
        for (_, whole) in events() {
            for field in fields(&whole, "") {
                let (parent, name) = field.rsplit_once('/').unwrap();
                let mut null = whole.clone();
                *null.pointer_mut(&field).unwrap() = Value::Null;
                let mut absent = whole.clone();
                if let Some(parent) = absent.pointer_mut(parent).and_then(Value::as_object_mut) {
                    parent.remove(&name.replace("~1", "/"));
                }
                for event in [null, absent] {
                    let request = request(event);
                    // One field says nothing of the others.
                    let is_key = field.to_lowercase().contains("headers");
                    assert!(is_key || header(&request, "cv-api-key") == Some("k"), "{field}");
                }
            }
        }
    }

    #[test]
    fn each_format_is_the_same_request_and_gets_a_reply_in_its_own() {
        for (format, event) in events() {
            let has_parameters = !event["pathParameters"].is_null();
            let event: HttpEvent = serde_json::from_value(event).unwrap();
            assert_eq!(event.format(), format);
            let request = event.into_request();
            assert_eq!(header(&request, "cv-api-key"), Some("k"));
            assert_eq!(header(&request, "x-twice"), Some("a,b"));
            assert_eq!((cookie(&request, "a"), cookie(&request, "b")), (Some("1"), Some("2")));
            assert_eq!(path_parameter(&request, "api"), has_parameters.then_some("patient"));
            assert_eq!((request_id(&request), request.body().as_ref()), ("r", &b"{}"[..]));

            let mut response = no_content();
            for text in ["c=1", "d=2"] {
                response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_static(text));
            }
            let reply = serde_json::to_value(Reply::new(format, response)).unwrap();
            let expected = match format {
                PayloadFormat::One => json!({
                    "statusCode": 204, "multiValueHeaders": {"set-cookie": ["c=1", "d=2"]},
                    "body": "", "isBase64Encoded": false,
                }),
                PayloadFormat::Two => json!({
                    "statusCode": 204, "headers": {}, "cookies": ["c=1", "d=2"], "body": "",
                    "isBase64Encoded": false,
                }),
            };
            assert_eq!(reply, expected);
        }
    }

    #[test]
    fn a_cookie_that_is_not_valid_in_http_takes_no_other_along() {
        let request = request(json!({"cookies": ["a=\u{0}", "theme=é", "b=2"]}));
        assert_eq!(cookie(&request, "b"), Some("2"));
    }

    fn request(event: Value) -> Request {
        serde_json::from_value::<HttpEvent>(event).unwrap().into_request()
    }

    #[test]
    fn odd_headers_paths_and_queries_are_no_error() {
        let request = request(json!({
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
        let reply = Reply::new(PayloadFormat::Two, reply(200, &json!({"a": 1})));
        let expected = json!({
            "statusCode": 200, "headers": {}, "cookies": [], "body": "{\"a\":1}",
            "isBase64Encoded": false,
        });
        assert_eq!(serde_json::to_value(&reply).unwrap(), expected);
    }

    #[test]
    fn an_encoded_body_is_decoded() {
        let request = request(json!({"body": "/w==", "isBase64Encoded": true}));
        assert_eq!(request.body().as_ref(), [0xff]);
        let request = self::request(json!({"body": "{}", "isBase64Encoded": true}));
        assert_eq!(request.body().as_ref(), b"{}");
    }
}
