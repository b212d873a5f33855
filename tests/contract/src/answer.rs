//! What came back.

use std::{collections::BTreeMap, fmt};

use reqwest::RequestBuilder;
use serde_json::Value;

use crate::{description, redaction};

/// Headers that the way here adds, or that differ between any two answers.
const OF_THE_MOMENT: [&str; 4] = ["apigw-requestid", "connection", "date", "x-request-id"];

/// Headers of every answer of a function.
const COMMON: [(&str, &str); 5] = [
    ("cache-control", "no-store"),
    ("content-type", "application/json"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("x-request-id", "[request id]"),
];

/// An HTTP response, complete.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Lower-case names; the values of a repeated header joined by a comma, as HTTP defines it.
    pub headers: BTreeMap<String, String>,
    /// The bytes of the body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        write!(formatter, "{} {:?} {body}", self.status, self.headers)
    }
}

/// Sends one request. The answer has to be one that `infra/openapi.yaml` describes.
pub async fn ask(request: RequestBuilder) -> Answer {
    let (client, request) = request.build_split();
    let request = request.expect("a request");
    let (method, path) = (request.method().clone(), request.url().path().to_owned());
    let response = client.execute(request).await.expect("the stack answers");
    let status = response.status().as_u16();
    let headers = response.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let headers = join(headers);
    let body = response.bytes().await.expect("a whole body").to_vec();
    let answer = Answer { status, headers, body };
    description::check(&method, &path, &answer);
    answer
}

/// Sends all requests at once.
pub async fn race(requests: impl IntoIterator<Item = RequestBuilder>) -> Vec<Answer> {
    let running: Vec<_> = requests.into_iter().map(|request| tokio::spawn(ask(request))).collect();
    let mut answers = Vec::with_capacity(running.len());
    for call in running {
        answers.push(call.await.expect("every call ends"));
    }
    answers
}

pub(crate) fn join<'a>(
    headers: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> BTreeMap<String, String> {
    let mut joined = BTreeMap::<String, String>::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value);
        joined
            .entry(name.to_ascii_lowercase())
            .and_modify(|all| {
                all.push_str(", ");
                all.push_str(&value);
            })
            .or_insert_with(|| value.to_string());
    }
    joined
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("not JSON: {}", String::from_utf8_lossy(&self.body)))
    }

    /// A header that must be there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} among {:?}", self.headers))
    }

    /// The error code of the portal's envelope.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// All that a caller can tell two answers apart by, the accidents of the moment aside.
    pub fn essence(&self) -> Self {
        let mut essence = self.clone();
        essence.headers.retain(|name, _| !OF_THE_MOMENT.contains(&name.as_str()));
        essence
    }

    /// Status, particular headers and body for a snapshot; everything secret or random is replaced
    /// by its name, once it has been seen to have the right shape.
    pub fn snapshot(&self) -> String {
        let status = self.status.to_string();
        let body = redaction::body(self.text());
        [&[status], &self.particular_headers()[..], &[body]].concat().join("\n")
    }

    /// How the headers differ from those that every answer of a function has, one line for each.
    pub fn particular_headers(&self) -> Vec<String> {
        let of_the_way = ["apigw-requestid", "connection", "content-length", "date", "link"];
        let absent = COMMON.iter().filter(|(name, _)| !self.headers.contains_key(*name));
        let mut lines: Vec<_> = absent.map(|(name, _)| format!("no {name}")).collect();
        for (name, value) in &self.headers {
            let value = redaction::header(name, value);
            let is_common = COMMON.contains(&(name, &value));
            if !is_common && !of_the_way.contains(&name.as_str()) {
                lines.push(format!("{name}: {value}"));
            }
        }
        lines
    }
}
