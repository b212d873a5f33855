//! Batches of a DynamoDB stream.

use std::collections::HashMap;
use std::time::Instant;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::http;
use crate::store::Item;
use crate::telemetry::{self, Names};

/// One change of one item.
pub struct Change {
    /// What is stored now; none after a deletion.
    pub new: Option<Item>,
    /// What was stored before; none for a new item.
    pub old: Option<Item>,
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

/// Which records are to be delivered again: the first failed one and all that follow it.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchResponse {
    batch_item_failures: Vec<BatchItemFailure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchItemFailure {
    item_identifier: String,
}

/// Runs a function behind a DynamoDB stream. Changes are handled in order; the first failure ends the
/// batch and is reported, so that the stream delivers it again.
///
/// # Errors
/// When the Lambda runtime can't be reached (any more).
pub async fn serve_stream<F, Fut>(handle: F) -> Result<(), lambda_runtime::Error>
where
    F: Fn(Change, Timestamp) -> Fut,
    Fut: Future<Output = anyhow::Result<&'static str>>,
{
    telemetry::start();
    let handle = &handle;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let function = event.context.env_config.function_name.clone();
        let mut response = BatchResponse::default();
        for record in http::parse::<StreamEvent>(event.payload)?.records {
            let item_identifier = record.dynamodb.sequence_number.clone();
            let request_id = event.context.request_id.as_str();
            if !handled(handle, record.dynamodb, &function, request_id).await {
                response.batch_item_failures.push(BatchItemFailure { item_identifier });
                break;
            }
        }
        Ok::<_, lambda_runtime::Error>(response)
    }))
    .await
}

async fn handled<F, Fut>(handle: &F, record: StreamRecord, function: &str, request_id: &str) -> bool
where
    F: Fn(Change, Timestamp) -> Fut,
    Fut: Future<Output = anyhow::Result<&'static str>>,
{
    let started = Instant::now();
    let change = Change { new: record.new_image.map(item), old: record.old_image.map(item) };
    let (result, call) = telemetry::measured(handle(change, http::clock())).await;
    let outcome = result.as_ref().map_or("failed", |outcome| outcome);
    if let Err(error) = &result {
        telemetry::failure(function, request_id, error);
    }
    let status = if result.is_ok() { 200 } else { 503 };
    let names = Names { function, request_id, gateways: request_id };
    telemetry::request(names, outcome, status, &call, started.elapsed());
    result.is_ok()
}

/// DynamoDB's JSON, as far as our items use it; attributes of other types are left out.
fn item(image: HashMap<String, Value>) -> Item {
    let attributes = image.into_iter().filter_map(|(name, value)| Some((name, attribute(&value)?)));
    Item::from(attributes.collect::<HashMap<_, _>>())
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
