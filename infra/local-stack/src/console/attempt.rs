//! `POST /try`: the console calls the API for the page, so that the API doesn't need CORS.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::Json;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use reqwest::{Client, Method, Request, Url, redirect};
use serde::{Deserialize, Serialize};

use super::{json_of, problem};
use crate::guard;

/// The largest request that is accepted. The API accepts less, so that the page can show its refusal.
pub(super) const MAXIMUM_REQUEST: usize = 64 * 1024;
/// The largest answer that is passed on.
const MAXIMUM_ANSWER: usize = 1024 * 1024;
/// The timeout of API Gateway.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A client of the API, and of no other server.
#[derive(Debug)]
pub(crate) struct Api {
    pub(super) url: String,
    http: Client,
}

/// A call that the page requests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct Attempt {
    method: Verb,
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The text of the body, so that invalid JSON can be sent, too.
    body: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Verb {
    Get,
    Post,
}

/// The API's answer. A header may be repeated.
#[derive(Debug, Serialize)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Api {
    pub(crate) fn new(url: String) -> Result<Self> {
        let http = Client::builder().redirect(redirect::Policy::none()).no_proxy().timeout(TIMEOUT);
        Ok(Self { url, http: http.build()? })
    }

    /// The answer to a request to `/try`.
    pub(super) async fn answer(&self, headers: &HeaderMap, body: &Bytes) -> Response {
        if let Err(refusal) = guard::require_json(headers) {
            return problem(refusal.status(), refusal.message());
        }
        let attempt = match json_of(body) {
            Ok(attempt) => attempt,
            Err(refusal) => return *refusal,
        };
        let request = match self.request(attempt) {
            Ok(request) => request,
            Err(error) => return problem(StatusCode::BAD_REQUEST, &format!("{error:#}")),
        };
        match self.send(request).await {
            Ok(answer) => Json(answer).into_response(),
            Err(error) => problem(StatusCode::BAD_GATEWAY, &format!("{error:#}")),
        }
    }

    fn request(&self, attempt: Attempt) -> Result<Request> {
        ensure!(attempt.path.starts_with('/'), "path must start with /");
        let base = Url::parse(&self.url)?;
        let url = Url::parse(&format!("{}{}", self.url, attempt.path)).context("path")?;
        ensure!(url.origin() == base.origin(), "path must stay on the API's origin");
        let method = match attempt.method {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
        };
        let mut request = Request::new(method, url);
        for (name, value) in attempt.headers {
            let lower = name.to_ascii_lowercase();
            ensure!(!is_of_connection(&lower), "the header {name} can't be set");
            let value = HeaderValue::from_bytes(value.as_bytes());
            let value = value.with_context(|| format!("value of the header {name}"))?;
            let name = HeaderName::from_bytes(lower.as_bytes()).context("name of a header")?;
            request.headers_mut().insert(name, value);
        }
        *request.body_mut() = attempt.body.map(Into::into);
        Ok(request)
    }

    async fn send(&self, request: Request) -> Result<Answer> {
        let sent = self.http.execute(request).await;
        let mut response = sent.with_context(|| format!("no answer from {}", self.url))?;
        let status = response.status().as_u16();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let pair = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.as_str().to_owned(), text(value.as_bytes()))
        };
        let headers = response.headers().iter().map(pair).collect();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            ensure!(body.len() + chunk.len() <= MAXIMUM_ANSWER, "the answer is longer than 1 MiB");
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body: text(&body) })
    }
}

/// Whether a header describes the connection. The HTTP client sets these itself.
fn is_of_connection(name: &str) -> bool {
    matches!(
        name,
        "host"
            | "content-length"
            | "transfer-encoding"
            | "connection"
            | "te"
            | "trailer"
            | "upgrade"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn request(attempt: Value) -> Result<Request> {
        let api = Api::new("http://127.0.0.1:9000".into()).unwrap();
        api.request(serde_json::from_value(attempt)?)
    }

    #[test]
    fn a_request_is_passed_on_as_it_is() {
        let request = request(json!({
            "method": "POST", "path": "/patient/auth?a=b", "headers": {"Organization": "x"}, "body": "{",
        }))
        .unwrap();
        assert_eq!(request.url().as_str(), "http://127.0.0.1:9000/patient/auth?a=b");
        assert_eq!(request.headers()["organization"], "x");
        assert_eq!(request.body().unwrap().as_bytes(), Some(&b"{"[..]));
    }

    #[test]
    fn no_path_leads_to_another_host() {
        for path in
            ["", "x", "@evil.example/", ".evil.example/", ":80/", "http://evil.example/", " /"]
        {
            assert!(request(json!({"method": "GET", "path": path})).is_err(), "{path}");
        }
        for path in [
            "//evil.example/",
            "/\\evil.example/",
            "/..//evil.example",
            "/@evil.example",
            "/\t/evil",
        ] {
            let request = request(json!({"method": "GET", "path": path})).unwrap();
            assert_eq!(
                request.url().origin().ascii_serialization(),
                "http://127.0.0.1:9000",
                "{path}"
            );
        }
    }

    #[test]
    fn only_get_and_post_are_tried() {
        for method in ["DELETE", "PUT", "CONNECT", "get", ""] {
            assert!(request(json!({"method": method, "path": "/"})).is_err(), "{method}");
        }
    }

    #[test]
    fn headers_of_the_connection_and_broken_ones_are_refused() {
        for (name, value) in
            [("Host", "evil.example"), ("content-length", "1"), ("a b", "x"), ("a", "x\r\ny: z")]
        {
            let attempt = json!({"method": "GET", "path": "/", "headers": {name: value}});
            assert!(request(attempt).is_err(), "{name}");
        }
    }

    #[tokio::test]
    async fn what_a_form_can_send_is_refused_before_it_is_read() {
        let api = Api::new("http://127.0.0.1:9000".into()).unwrap();
        let answer = api.answer(&HeaderMap::new(), &Bytes::from("{")).await;
        assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
}
