//! DynamoDB: embedded, or an endpoint.

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Access to DynamoDB.
#[derive(Clone)]
pub struct Dispatch(Backend);

#[derive(Clone)]
enum Backend {
    Embedded(Database),
    Remote { client: reqwest::Client, endpoint: String },
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Dispatch {
    /// The endpoint that `AWS_ENDPOINT_URL_DYNAMODB` names, or a database in memory.
    pub(crate) fn from_environment() -> anyhow::Result<Self> {
        let config = runtime::config::Config::from_environment();
        Ok(Self(match config.optional("AWS_ENDPOINT_URL_DYNAMODB") {
            Some(endpoint) => {
                Backend::Remote { client: reqwest::Client::new(), endpoint: endpoint.to_owned() }
            }
            None => Backend::Embedded(Database::memory()?),
        }))
    }

    pub(crate) fn is_embedded(&self) -> bool {
        matches!(self.0, Backend::Embedded(_))
    }

    /// Sends one operation's JSON.
    pub async fn call(&self, target: &str, body: &str) -> anyhow::Result<Answer> {
        match &self.0 {
            Backend::Embedded(database) => Ok(embedded(database, target, body)),
            Backend::Remote { client, endpoint } => remote(client, endpoint, target, body).await,
        }
    }
}

async fn remote(
    client: &reqwest::Client,
    endpoint: &str,
    target: &str,
    body: &str,
) -> anyhow::Result<Answer> {
    let response = client
        .post(endpoint)
        .header("x-amz-target", target)
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-date", "20260101T000000Z")
        // Emulators read only the access key of a signature, the local stack the developer's.
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=postern/20260101/eu-central-1/dynamodb/aws4_request, \
             SignedHeaders=host, Signature=0",
        )
        .body(body.to_owned())
        .send()
        .await?;
    Ok(Answer { status: response.status().as_u16(), body: response.text().await? })
}

fn embedded(database: &Database, target: &str, body: &str) -> Answer {
    let operation = target.rsplit('.').next().unwrap_or_default();
    let result = match operation {
        "CreateTable" => run(body, |request| database.create_table(request)),
        "GetItem" => run(body, |request| database.get_item(request)),
        "PutItem" => run(body, |request| database.put_item(request)),
        "UpdateItem" => run(body, |request| database.update_item(request)),
        "DeleteItem" => run(body, |request| database.delete_item(request)),
        "Scan" => run(body, |request| database.scan(request)),
        other => Err(DynoxideError::ValidationException(format!(
            "the workbench doesn't support {other}"
        ))),
    };
    match result {
        Ok(body) => Answer { status: 200, body },
        Err(error) => Answer { status: error.status_code(), body: error.to_json() },
    }
}

fn run<Q: DeserializeOwned, A: Serialize>(
    body: &str,
    call: impl FnOnce(Q) -> Result<A, DynoxideError>,
) -> Result<String, DynoxideError> {
    let invalid = |error: serde_json::Error| DynoxideError::ValidationException(error.to_string());
    let answer = call(serde_json::from_str(body).map_err(invalid)?)?;
    serde_json::to_string(&answer).map_err(invalid)
}
