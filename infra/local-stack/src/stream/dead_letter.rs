//! Dead letters. In a queue they have the position of a failed batch in the stream, not its records; in a
//! bucket they have both.

use std::collections::VecDeque;

use domain::time::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::batch::{Batch, created_ms, sequence_number};
use super::shards::Place;
use crate::clock;
use crate::template::arn;

/// How many dead letters are stored.
const CAPACITY: usize = 1000;

/// The newest dead letters, in the format that Lambda sends to SQS and S3.
#[derive(Debug, Default)]
pub(crate) struct DeadLetters(Mutex<VecDeque<Value>>);

impl DeadLetters {
    pub(super) async fn add(
        &self,
        function: &str,
        batch: &Batch,
        condition: &str,
        place: &Place,
        is_whole: bool,
    ) {
        let mut letter = letter(function, batch, condition, place);
        if is_whole {
            letter["payload"] = json!({ "Records": batch.records }).to_string().into();
        }
        let mut letters = self.0.lock().await;
        letters.push_front(letter);
        letters.truncate(CAPACITY);
    }

    pub(crate) async fn newest_first(&self) -> Vec<Value> {
        self.0.lock().await.iter().cloned().collect()
    }
}

fn letter(function: &str, batch: &Batch, condition: &str, place: &Place) -> Value {
    let (first, last) = (batch.records.first(), batch.records.last());
    let number = |record: Option<&Value>| record.and_then(sequence_number).map(ToOwned::to_owned);
    let arrival =
        |record: Option<&Value>| record.map(|it| Timestamp::from_millis(created_ms(it)).rfc3339());
    json!({
        "requestContext": {
            "requestId": Uuid::new_v4(),
            "functionArn": arn::function(function),
            "condition": condition,
            "approximateInvokeCount": batch.calls,
        },
        "version": "1.0",
        "timestamp": clock::now().rfc3339(),
        "DDBStreamBatchInfo": {
            "shardId": place.shard,
            "startSequenceNumber": number(first),
            "endSequenceNumber": number(last),
            "approximateArrivalOfFirstRecord": arrival(first),
            "approximateArrivalOfLastRecord": arrival(last),
            "batchSize": batch.records.len(),
            "streamArn": place.stream,
        },
    })
}
