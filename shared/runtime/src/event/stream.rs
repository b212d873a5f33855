//! Batches of a DynamoDB stream.

use std::collections::HashMap;
use std::time::Instant;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::Timestamp;
use lambda_runtime::Error;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock;
use crate::invocation::{self, Invocation};
use crate::run::Event;
use crate::telemetry::{self, Names};

/// The attributes of an item, by name.
pub type Image = HashMap<String, AttributeValue>;

/// One change of one item.
pub struct Change {
    /// The item after the change; `None` after a deletion.
    pub new: Option<Image>,
    /// The item before the change; `None` for a new item.
    pub old: Option<Image>,
}

#[derive(Deserialize)]
struct StreamEvent {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    dynamodb: StreamRecord,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamRecord {
    sequence_number: String,
    new_image: Option<HashMap<String, Value>>,
    old_image: Option<HashMap<String, Value>>,
}

/// Asks the stream to deliver the first failed record and all that follow it again.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    batch_item_failures: Vec<BatchItemFailure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchItemFailure {
    item_identifier: String,
}

/// Changes are handled in order. The first failure ends the batch and is reported, so that the stream
/// delivers it again. A handler returns the outcome of a change, for the log.
impl Event<anyhow::Result<&'static str>> for Change {
    type Reply = BatchResponse;

    async fn respond(
        handle: &impl AsyncFn(Self, Timestamp) -> anyhow::Result<&'static str>,
        event: Value,
        invocation: &Invocation,
    ) -> Result<BatchResponse, Error> {
        let mut response = BatchResponse::default();
        for record in invocation::parse::<StreamEvent>(event)?.records {
            let item_identifier = record.dynamodb.sequence_number.clone();
            if !handled(handle, record.dynamodb, invocation).await {
                response.batch_item_failures.push(BatchItemFailure { item_identifier });
                break;
            }
        }
        Ok(response)
    }
}

async fn handled(
    handle: &impl AsyncFn(Change, Timestamp) -> anyhow::Result<&'static str>,
    record: StreamRecord,
    invocation: &Invocation,
) -> bool {
    let started = Instant::now();
    let Invocation { function, request_id, .. } = invocation;
    let change = Change { new: record.new_image.map(image), old: record.old_image.map(image) };
    let (result, call) = telemetry::measured(handle(change, clock::now())).await;
    let outcome = result.as_ref().map_or("failed", |outcome| outcome);
    if let Err(error) = &result {
        telemetry::failure(function, request_id, error);
        telemetry::count("ServerError", ("function", function.as_str()), clock::now());
    }
    let status = if result.is_ok() { 200 } else { 503 };
    let names = Names { invocation, request_id, gateway_request_id: request_id };
    telemetry::request(names, outcome, status, &call, started.elapsed());
    result.is_ok()
}

/// Reads DynamoDB's JSON. Attributes of types that our items don't use are left out.
fn image(image: HashMap<String, Value>) -> Image {
    image.into_iter().filter_map(|(name, value)| Some((name, attribute(&value)?))).collect()
}

fn attribute(value: &Value) -> Option<AttributeValue> {
    let (kind, value) = value.as_object()?.iter().next()?;
    let text = || value.as_str().map(str::to_owned);
    match kind.as_str() {
        "S" => text().map(AttributeValue::S),
        "N" => text().map(AttributeValue::N),
        "BOOL" => value.as_bool().map(AttributeValue::Bool),
        "SS" => {
            let texts = value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned));
            texts.collect::<Option<_>>().map(AttributeValue::Ss)
        }
        _ => None,
    }
}
