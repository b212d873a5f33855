//! Batches of a DynamoDB stream.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::Timestamp;
use futures_util::future::join_all;
use lambda_runtime::Error;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock;
use crate::invocation::{self, Invocation};
use crate::run::Event;
use crate::telemetry;

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
    #[serde(default)]
    keys: Value,
    sequence_number: String,
    new_image: Option<HashMap<String, Value>>,
    old_image: Option<HashMap<String, Value>>,
}

/// Asks the stream to deliver the first of these records and all that follow it again.
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

/// Changes of one item are handled in order, and the first that fails ends them. Other items are handled
/// side by side: one that fails, or that waits for its sender, delays none of them. Lambda delivers the
/// first failed record again with all that follow it, and after the last retry gives all of them up; so
/// what follows must be done by then. A handler returns the outcome of a change, for the log.
impl Event<anyhow::Result<&'static str>> for Change {
    type Reply = BatchResponse;

    async fn respond(
        handle: &impl AsyncFn(Self, Timestamp) -> anyhow::Result<&'static str>,
        event: Value,
        invocation: &Invocation,
    ) -> Result<BatchResponse, Error> {
        let mut items = BTreeMap::<String, Vec<StreamRecord>>::new();
        for Record { dynamodb } in invocation::parse::<StreamEvent>(event)?.records {
            items.entry(dynamodb.keys.to_string()).or_default().push(dynamodb);
        }
        let changes = items.into_values().map(|records| in_order(handle, records, invocation));
        let failed = join_all(changes).await.into_iter().flatten();
        let batch_item_failures =
            failed.map(|item_identifier| BatchItemFailure { item_identifier }).collect();
        Ok(BatchResponse { batch_item_failures })
    }
}

/// Handles the changes of one item. The sequence number of the one that failed, if one did.
async fn in_order(
    handle: &impl AsyncFn(Change, Timestamp) -> anyhow::Result<&'static str>,
    records: Vec<StreamRecord>,
    invocation: &Invocation,
) -> Option<String> {
    for record in records {
        let sequence_number = record.sequence_number.clone();
        if !handled(handle, record, invocation).await {
            return Some(sequence_number);
        }
    }
    None
}

async fn handled(
    handle: &impl AsyncFn(Change, Timestamp) -> anyhow::Result<&'static str>,
    record: StreamRecord,
    invocation: &Invocation,
) -> bool {
    let started = Instant::now();
    let change = Change { new: record.new_image.map(image), old: record.old_image.map(image) };
    let handled = invocation.calling(&invocation.request_id, handle(change, clock::now()));
    let measured = telemetry::measured(handled).await;
    telemetry::background(invocation, &measured, started.elapsed());
    measured.0.is_ok()
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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::Duration;

    use anyhow::anyhow;
    use serde_json::json;
    use tokio::sync::Barrier;

    use super::*;

    fn event(changes: &[(&str, &str)]) -> Value {
        let record = |(at, (pk, id)): (usize, &(&str, &str))| {
            json!({"dynamodb": {
                "Keys": {"pk": {"S": pk}}, "SequenceNumber": at.to_string(),
                "NewImage": {"pk": {"S": pk}, "id": {"S": id}},
            }})
        };
        json!({ "Records": changes.iter().enumerate().map(record).collect::<Vec<_>>() })
    }

    fn id(change: &Change) -> String {
        change.new.as_ref().unwrap()["id"].as_s().unwrap().clone()
    }

    /// As one organization's codes among those of others, whose sender fails.
    #[tokio::test]
    async fn a_change_that_fails_ends_its_own_item_and_no_other() {
        let seen = RefCell::new(Vec::new());
        let handle = async |change: Change, _| {
            let id = id(&change);
            seen.borrow_mut().push(id.clone());
            if id.starts_with("bad") { Err(anyhow!("no sender")) } else { Ok("sent") }
        };
        let changes =
            [("a", "bad 1"), ("b", "b1"), ("a", "a2"), ("c", "c1"), ("d", "bad 2"), ("b", "b2")];
        let invocation = Invocation::default();
        let answer = Change::respond(&handle, event(&changes), &invocation).await.unwrap();
        let failures = answer.batch_item_failures;
        let mut failed: Vec<_> = failures.iter().map(|it| it.item_identifier.as_str()).collect();
        failed.sort_unstable();
        assert_eq!(failed, ["0", "4"]);
        let mut seen = seen.into_inner();
        assert!(seen.iter().position(|it| it == "b1") < seen.iter().position(|it| it == "b2"));
        seen.sort_unstable();
        assert_eq!(seen, ["b1", "b2", "bad 1", "bad 2", "c1"]);
    }

    /// Each waits for the other: one after the other, nothing would end. Tokio's clock stands still while
    /// there is something to do, so the timeout is over at once, or never.
    #[tokio::test(start_paused = true)]
    async fn an_item_whose_sender_is_slow_delays_no_other() {
        let barrier = Barrier::new(2);
        let handle = async |_: Change, _| {
            barrier.wait().await;
            Ok("sent")
        };
        let event = event(&[("slow", "1"), ("other", "2")]);
        let invocation = Invocation::default();
        let answered = Change::respond(&handle, event, &invocation);
        let answer = tokio::time::timeout(Duration::from_secs(1), answered).await.unwrap().unwrap();
        assert!(answer.batch_item_failures.is_empty());
    }
}
