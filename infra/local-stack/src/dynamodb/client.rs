//! A client of DynamoDB's JSON protocol. The template's tables and the stream's records are JSON, so
//! typed requests would need two conversions.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::template::arn::REGION;

/// The access key of the developer, and of the stack itself, who may do everything. Emulators require a signature, but
/// don't check it. DynamoDB Local requires an alphanumeric access key.
pub(crate) const ACCESS_KEY: &str = "postern";

/// A client of one endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    access_key: String,
    header: Option<(&'static str, String)>,
}

/// An error that DynamoDB returned: its name, e.g. `ResourceInUseException`, and its message.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) name: String,
    message: String,
}

impl Client {
    /// With the rights of an access key.
    pub(super) fn new(url: String, access_key: &str) -> Self {
        Self { http: reqwest::Client::new(), url, access_key: access_key.to_owned(), header: None }
    }

    /// With one more header.
    pub(super) fn with(self, name: &'static str, value: &str) -> Self {
        Self { header: Some((name, value.to_owned())), ..self }
    }

    /// Calls an operation of `DynamoDB`, e.g. `CreateTable`.
    pub(crate) async fn table(&self, operation: &str, body: &Value) -> Result<Value> {
        self.call("DynamoDB_20120810", operation, body).await
    }

    /// Calls an operation of `DynamoDB` Streams, e.g. `GetRecords`.
    pub(crate) async fn stream(&self, operation: &str, body: &Value) -> Result<Value> {
        self.call("DynamoDBStreams_20120810", operation, body).await
    }

    async fn call(&self, api: &str, operation: &str, body: &Value) -> Result<Value> {
        let key = &self.access_key;
        let credential = format!("Credential={key}/20260101/{REGION}/dynamodb/aws4_request");
        let mut request = self.http.post(&self.url);
        if let Some((name, value)) = &self.header {
            request = request.header(*name, value);
        }
        let response = request
            .timeout(Duration::from_secs(10))
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("{api}.{operation}"))
            .header("x-amz-date", "20260101T000000Z")
            .header(
                "authorization",
                format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"),
            )
            .body(body.to_string())
            .send()
            .await
            .with_context(|| format!("DynamoDB at {}: {operation}", self.url))?;
        let succeeded = response.status().is_success();
        let reply: Value = response.json().await.with_context(|| {
            format!("DynamoDB at {}: the answer to {operation} is not JSON", self.url)
        })?;
        if succeeded {
            return Ok(reply);
        }
        let text = |name: &str| reply[name].as_str().unwrap_or_default();
        let name = text("__type").rsplit('#').next().unwrap_or_default().to_owned();
        let message = format!("{}{}", text("message"), text("Message"));
        Err(anyhow::Error::new(Refusal { name, message }).context(format!("DynamoDB: {operation}")))
    }
}

/// Whether DynamoDB returned an error of this name.
pub(crate) fn is_refusal(error: &anyhow::Error, name: &str) -> bool {
    error.downcast_ref::<Refusal>().is_some_and(|refusal| refusal.name == name)
}

impl std::error::Error for Refusal {}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.name, self.message)
    }
}
