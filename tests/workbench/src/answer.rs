//! The answer of a handler, and the DynamoDB operations of a call.

#![expect(clippy::unwrap_used, reason = "an answer that can't be read is a failed test")]
#![expect(clippy::missing_panics_doc, reason = "a fixture panics to fail its test")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use runtime::http::{Body, Received, Refusal, Response};
use serde_json::Value;

use crate::{Fault, NOW, Plan, Workbench};

/// A request for surfaces whose answers don't mention it.
pub(crate) const RECEIVED: Received<'_> = Received { request_id: "", at: NOW };

/// The answer of a handler.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers that the handler sets.
    pub headers: BTreeMap<String, String>,
    /// The JSON body.
    pub body: Value,
}

impl Answer {
    /// The answer of a handler, without the headers that all answers have.
    pub fn of(result: Result<Response<Body>, impl Refusal>) -> Self {
        let response = result.unwrap_or_else(|refusal| refusal.response(&RECEIVED));
        let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
        let headers = response.headers().iter();
        Self {
            status: response.status().as_u16(),
            headers: headers
                .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
                .collect(),
            body: serde_json::from_slice(response.body().as_ref()).unwrap_or_default(),
        }
    }

    /// A text in the body of a 200. Any other status fails the test.
    pub fn text(&self, field: &str) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        self.body[field].as_str().unwrap().to_owned()
    }

    /// The header `Retry-After`.
    pub fn retry_after(&self) -> Option<&str> {
        self.headers.get("retry-after").map(String::as_str)
    }
}

impl Workbench {
    /// The output of a call, and its DynamoDB operations in order.
    pub async fn operations_of<F: Future>(&self, call: F) -> (F::Output, Vec<String>) {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        self.follow(Plan::new(move |operation| {
            let name = format!("{} {}", operation.name, operation.item);
            log.lock().unwrap_or_else(PoisonError::into_inner).push(name);
            Fault::None
        }));
        let output = call.await;
        self.follow(Plan::default());
        let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (output, seen)
    }
}
