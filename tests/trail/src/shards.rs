//! A stream: records of one item are in one shard, in order; a shard that closes has children, which are read
//! after it.

use std::collections::VecDeque;

use domain::time::Timestamp;
use fastrand::Rng;
use serde_json::{Value, json};

/// One shard of those that are open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lane(usize);

pub(crate) struct Stream {
    arn: String,
    /// Generations of shards: of each, the records that wait. Only those of the first that has some are read.
    generations: VecDeque<Vec<VecDeque<Value>>>,
    /// The most records of a batch, of each shard; halved after a failure.
    limits: Vec<usize>,
}

impl Stream {
    pub(crate) fn new(table: &str, shards: usize) -> Self {
        let arn = format!("arn:aws:dynamodb:eu-central-1:000000000000:table/{table}/stream/s");
        let generations = VecDeque::from([vec![VecDeque::new(); shards]]);
        Self { arn, generations, limits: vec![MOST; shards] }
    }

    pub(crate) fn push(&mut self, mut record: Value) {
        record["eventSourceARN"] = json!(self.arn);
        let Some(newest) = self.generations.back_mut() else { return };
        let pk = record["dynamodb"]["Keys"]["pk"]["S"].as_str().unwrap_or_default();
        let shard = pk.bytes().map(usize::from).sum::<usize>() % newest.len();
        newest[shard].push_back(record);
    }

    /// All shards close, and others follow.
    pub(crate) fn split(&mut self, rng: &mut Rng) {
        self.generations.push_back(vec![VecDeque::new(); rng.usize(1..4)]);
    }

    pub(crate) fn is_behind(&self) -> bool {
        self.generations.iter().flatten().any(|shard| !shard.is_empty())
    }

    /// When the oldest record was made that waits.
    pub(crate) fn oldest(&self) -> Option<Timestamp> {
        let waiting = self.generations.iter().flatten().filter_map(VecDeque::front);
        let seconds = |record: &Value| record["dynamodb"]["ApproximateCreationDateTime"].as_i64();
        waiting.filter_map(seconds).min().map(Timestamp::from_seconds)
    }

    /// The next batch of a shard, cut somewhere.
    pub(crate) fn batch(&mut self, rng: &mut Rng) -> Option<(Lane, Vec<Value>)> {
        while self.generations.len() > 1
            && self.generations.front().is_some_and(|it| it.iter().all(VecDeque::is_empty))
        {
            self.generations.pop_front();
            self.limits = vec![MOST; self.generations.front().map_or(0, Vec::len)];
        }
        let shards = self.generations.front()?;
        let waiting: Vec<_> = (0..shards.len()).filter(|at| !shards[*at].is_empty()).collect();
        let lane = *waiting.get(rng.usize(0..waiting.len().max(1)))?;
        let count = rng.usize(1..=self.limits[lane].max(1));
        Some((Lane(lane), shards[lane].iter().take(count).cloned().collect()))
    }

    pub(crate) fn advance(&mut self, Lane(lane): Lane, count: usize) {
        if let Some(shards) = self.generations.front_mut() {
            shards[lane].drain(..count);
            self.limits[lane] = MOST;
        }
    }

    /// After a failure, the next batch has at most half as many records.
    pub(crate) fn halve(&mut self, Lane(lane): Lane) {
        self.limits[lane] = (self.limits[lane] / 2).max(1);
    }
}

/// The most records of a batch.
const MOST: usize = 10;
