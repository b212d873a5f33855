//! The shards of a stream. A shard is read after its parent.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::batch::sequence_number;
use super::checkpoint::Checkpoint;
use crate::dynamodb::client::{Client, is_refusal};

/// The stream of one table.
pub(super) struct Shards {
    client: Client,
    stream: String,
    checkpoint: Checkpoint,
    /// Shard → iterator; `None` once the shard is closed and read to its end.
    iterators: BTreeMap<String, Option<String>>,
    is_complete: bool,
}

/// The result of reading a shard once.
pub(super) struct Read {
    pub(super) records: Vec<Value>,
    pub(super) place: Place,
}

/// A position in the stream.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) stream: String,
    pub(super) shard: String,
    /// The sequence number of the last record, if there was one.
    last: Option<String>,
    /// The next iterator.
    next: Option<String>,
}

impl Shards {
    pub(super) async fn open(
        finding: &Client,
        client: Client,
        (table, function): (&str, &str),
        data: Option<&Path>,
    ) -> Result<Self> {
        let description = finding.table("DescribeTable", &json!({ "TableName": table })).await?;
        let stream = description["Table"]["LatestStreamArn"].as_str();
        let stream = stream.with_context(|| format!("the table {table} has no stream"))?.to_owned();
        let checkpoint = Checkpoint::open(&stream, (table, function), data)?;
        Ok(Self { client, stream, checkpoint, iterators: BTreeMap::new(), is_complete: false })
    }

    /// Drops the iterators, which may have expired. The next read starts at the checkpoint.
    pub(super) fn reopen(&mut self) {
        self.iterators.retain(|_, iterator| iterator.is_none());
        self.is_complete = false;
    }

    /// Reads each open shard once.
    pub(super) async fn read(&mut self) -> Result<Vec<Read>> {
        if !self.is_complete {
            self.find_shards().await?;
            self.is_complete = true;
        }
        let mut reads = Vec::new();
        for (shard, iterator) in &self.iterators {
            let Some(iterator) = iterator else { continue };
            let request = json!({ "ShardIterator": iterator });
            match self.client.stream("GetRecords", &request).await {
                Ok(reply) => reads.push(self.records_in(shard, reply)),
                Err(error) if is_outdated(&error) => {
                    self.reopen();
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(reads)
    }

    fn records_in(&self, shard: &str, mut reply: Value) -> Read {
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let mut records = match reply["Records"].take() {
            Value::Array(records) => records,
            _ => Vec::new(),
        };
        for record in &mut records {
            record["eventSourceARN"] = json!(self.stream);
        }
        let last = records.last().and_then(sequence_number).map(ToOwned::to_owned);
        let next = text(&reply["NextShardIterator"]);
        Read {
            records,
            place: Place { stream: self.stream.clone(), shard: shard.to_owned(), last, next },
        }
    }

    /// Marks all records up to this place as processed.
    pub(super) fn advance(&mut self, place: &Place) -> Result<()> {
        if let Some(last) = &place.last {
            self.checkpoint.set(&place.shard, last)?;
        }
        // A closed shard may have children, which can be read now.
        self.is_complete &= place.next.is_some();
        self.iterators.insert(place.shard.clone(), place.next.clone());
        Ok(())
    }

    /// Opens every shard that isn't open, unless its parent exists and has not been read.
    async fn find_shards(&mut self) -> Result<()> {
        let reply =
            self.client.stream("DescribeStream", &json!({ "StreamArn": self.stream })).await?;
        let shards = reply["StreamDescription"]["Shards"].as_array().cloned().unwrap_or_default();
        let id = |shard: &Value, name: &str| shard[name].as_str().map(ToOwned::to_owned);
        let all: Vec<_> = shards.iter().filter_map(|shard| id(shard, "ShardId")).collect();
        for shard in &shards {
            let Some(name) = id(shard, "ShardId") else { continue };
            let parent = id(shard, "ParentShardId").filter(|parent| all.contains(parent));
            let parent_is_read = parent.is_none_or(|it| self.iterators.get(&it) == Some(&None));
            if parent_is_read && !self.iterators.contains_key(&name) {
                let iterator = self.iterator(&name).await?;
                self.iterators.insert(name, Some(iterator));
            }
        }
        Ok(())
    }

    async fn iterator(&self, shard: &str) -> Result<String> {
        let mut request = json!({ "StreamArn": self.stream, "ShardId": shard });
        if let Some(last) = self.checkpoint.get(shard) {
            request["ShardIteratorType"] = json!("AFTER_SEQUENCE_NUMBER");
            request["SequenceNumber"] = json!(last);
            match self.client.stream("GetShardIterator", &request).await {
                Ok(reply) => return text(&reply),
                // The record is older than a day: start at the oldest record that is left.
                Err(error) if is_refusal(&error, "TrimmedDataAccessException") => {}
                Err(error) => return Err(error),
            }
        }
        let request = json!({ "StreamArn": self.stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
        text(&self.client.stream("GetShardIterator", &request).await?)
    }
}

/// An iterator is valid for 15 minutes; DynamoDB Local also drops an iterator of an empty shard.
fn is_outdated(error: &anyhow::Error) -> bool {
    ["ExpiredIteratorException", "TrimmedDataAccessException"]
        .iter()
        .any(|it| is_refusal(error, it))
}

fn text(reply: &Value) -> Result<String> {
    reply["ShardIterator"]
        .as_str()
        .map(ToOwned::to_owned)
        .context("GetShardIterator returned no iterator")
}
