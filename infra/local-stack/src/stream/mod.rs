//! Passes the stream of a table on to a function, like Lambda's event source mapping.

mod batch;
mod checkpoint;
mod dead_letter;
pub(crate) mod filter;
mod mapping;
mod shards;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::body::Bytes;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::clock;
use crate::dynamodb::client::Client;
use crate::functions::Functions;
use crate::iam::Permissions;
use crate::iam::request::Request;
use crate::output::Output;
use crate::runtime::Outcome;
use crate::template::{EventSource, Function};
use batch::{Batch, Next, Verdict, created_ms};
pub(crate) use dead_letter::DeadLetters;
use filter::Pattern;
pub(crate) use mapping::Mappings;
use shards::{Place, Shards};

/// How often an idle stream is polled; Lambda polls four times a second.
const POLL: Duration = Duration::from_millis(50);
/// The wait before the first retry; it doubles with each retry.
const BACKOFF: Duration = Duration::from_millis(200);
/// The wait after an error of the database or of `cargo lambda watch`.
const ERROR_WAIT: Duration = Duration::from_secs(1);

/// Whether a destination for failures is a bucket, which gets the records themselves, too.
fn is_bucket(destination: &str) -> bool {
    destination.starts_with("arn:aws:s3:")
}

/// What all pumps share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) permissions: Arc<Permissions>,
    pub(crate) functions: Arc<Functions>,
    pub(crate) dead_letters: Arc<DeadLetters>,
    pub(crate) mappings: Arc<Mappings>,
    pub(crate) output: Arc<Output>,
}

/// One event source mapping.
pub(crate) struct Pump {
    function: String,
    /// The credentials of the function's role, with which Lambda reads the stream.
    access_key: String,
    source: EventSource,
    filters: Vec<Pattern>,
    shards: Shards,
    shared: Shared,
}

impl Pump {
    /// Opens the stream at its beginning, or where an earlier run with the same data stopped. The first client
    /// finds the stream, the second one reads it.
    pub(crate) async fn new(
        function: &Function,
        source: &EventSource,
        [finding, reading]: [Client; 2],
        data: Option<&Path>,
        shared: Shared,
    ) -> Result<Self> {
        let table = source.table().context("the event source has no table")?;
        let shards = Shards::open(&finding, reading, (table, &function.name), data).await?;
        let (access_key, filters) = (function.id.clone(), source.filters()?);
        let (function, source) = (function.name.clone(), source.clone());
        Ok(Self { function, access_key, source, filters, shards, shared })
    }

    /// Runs until the runtime ends.
    pub(crate) async fn run(mut self) -> Result<()> {
        loop {
            let wait = match self.round().await {
                Ok(true) => Duration::ZERO,
                Ok(false) => POLL,
                Err(error) => {
                    self.shared.output.line(&format!("stream of {}: {error:#}", self.function));
                    self.shards.reopen();
                    ERROR_WAIT
                }
            };
            sleep(wait).await;
        }
    }

    /// Reads each shard once, and delivers the records, those of different lanes side by side. Whether there
    /// were any. Unlike Lambda, the next read waits for all lanes.
    async fn round(&mut self) -> Result<bool> {
        let mut any = false;
        for read in self.shards.read().await? {
            any |= !read.records.is_empty();
            let mut records = read.records;
            records.retain(|record| self.passes(record));
            let lanes = batch::lanes(records, self.source.parallelization_factor);
            let deliveries = lanes.iter().map(|records| self.deliver(records, &read.place));
            join_all(deliveries).await;
            self.shards.advance(&read.place)?;
        }
        Ok(any)
    }

    /// DynamoDB makes no record of a write that changes nothing, as the embedded one does.
    fn passes(&self, record: &Value) -> bool {
        let images = &record["dynamodb"];
        if images["NewImage"] == images["OldImage"] {
            return false;
        }
        self.filters.is_empty() || self.filters.iter().any(|filter| filter.matches(Some(record)))
    }

    /// Calls the function with each batch, in order, until the batch is done or given up.
    async fn deliver(&self, records: &[Value], place: &Place) {
        let mut waiting = Batch::split(records, self.source.batch_size);
        while let Some(mut batch) = waiting.pop_front() {
            let expired = batch.take_expired(&self.source, clock::machine());
            self.give_up(&expired, "RecordAgeExceeded", place).await;
            if batch.records.is_empty() {
                continue;
            }
            let (at, newest) = (clock::machine(), batch.records.last().map_or(0, created_ms));
            let verdict = match self.call(&batch).await {
                Outcome::Answered(answer) => batch.verdict(&answer, &self.source),
                Outcome::Failed(_) => Verdict::FunctionError,
            };
            let is_good = verdict != Verdict::FunctionError;
            self.shared.mappings.note(&self.access_key, is_good, at, at.millis() - newest);
            match batch.after(verdict, &self.source) {
                Next::Done => {}
                Next::GiveUp(batch) => self.give_up(&batch, "RetryAttemptsExhausted", place).await,
                Next::Again(batches) => {
                    let calls = batches.first().map_or(0, |batch| batch.calls);
                    batches.into_iter().rev().for_each(|batch| waiting.push_front(batch));
                    sleep(BACKOFF * 2_u32.pow(calls.saturating_sub(1).min(6))).await;
                }
            }
        }
    }

    /// Calls the function, and waits while it can't be called. As with a function that Lambda throttles,
    /// that doesn't count as a try.
    async fn call(&self, batch: &Batch) -> Outcome {
        let event = Bytes::from(json!({ "Records": batch.records }).to_string());
        let mut was_reported = false;
        loop {
            let reason = match self.shared.functions.invoke(&self.function, event.clone()).await {
                Ok(Some(outcome)) => return outcome,
                Ok(None) => "function not found".to_owned(),
                Err(error) => error.to_string(),
            };
            if !was_reported {
                self.shared.output.line(&format!("{} is not called yet: {reason}", self.function));
                was_reported = true;
            }
            sleep(ERROR_WAIT).await;
        }
    }

    async fn give_up(&self, batch: &Batch, condition: &str, place: &Place) {
        let (count, calls) = (batch.records.len(), batch.calls);
        if count > 0 {
            let what = format!("gave up {count} record(s) after {calls} call(s): {condition}");
            self.shared.output.line(&format!("{}: {what}; see /dead-letters", self.function));
            if self.may_send_dead_letters() {
                let is_whole = self.source.dead_letters().is_some_and(is_bucket);
                let letters = &self.shared.dead_letters;
                letters.add(&self.function, batch, condition, place, is_whole).await;
            }
        }
    }

    fn may_send_dead_letters(&self) -> bool {
        let requests = self.source.dead_letters().map(|destination| {
            if is_bucket(destination) {
                let object = format!("{destination}/aws/lambda/{}", self.function);
                vec![
                    Request::new("s3:ListBucket", destination),
                    Request::new("s3:PutObject", object),
                ]
            } else {
                vec![Request::new("sqs:SendMessage", destination)]
            }
        });
        requests.is_some_and(|requests| {
            self.shared.permissions.authorize(&self.access_key, &requests).is_ok()
        })
    }
}
