//! Batches, and Lambda's rules for partial failures, bisection, retries and age.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use domain::time::Timestamp;
use serde_json::Value;

use crate::template::EventSource;

/// Records that are sent together.
#[derive(Debug, PartialEq)]
pub(super) struct Batch {
    pub(super) records: Vec<Value>,
    /// How many calls count as a try.
    pub(super) calls: u32,
}

/// The result of a call with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Done,
    /// The records before this index are done; the record at this index failed.
    FailedAt(usize),
    FunctionError,
}

/// The next step with a batch.
#[derive(Debug, PartialEq)]
#[must_use]
pub(super) enum Next {
    Done,
    Again(Vec<Batch>),
    GiveUp(Batch),
}

impl Batch {
    pub(super) fn split(records: &[Value], size: usize) -> VecDeque<Self> {
        records.chunks(size).map(|records| Self { records: records.to_vec(), calls: 0 }).collect()
    }

    /// Removes and returns records that are too old.
    pub(super) fn take_expired(&mut self, source: &EventSource, now: Timestamp) -> Self {
        let maximum_age = source.maximum_age_ms().unwrap_or(i64::MAX);
        let is_expired = |record: &mut Value| now.millis() - created_ms(record) > maximum_age;
        Self { records: self.records.extract_if(.., is_expired).collect(), calls: self.calls }
    }

    /// Reads a function's answer: its `batchItemFailures`, if the mapping says that it reports them.
    pub(super) fn verdict(&self, answer: &[u8], source: &EventSource) -> Verdict {
        let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
        let failures =
            answer["batchItemFailures"].as_array().filter(|_| source.reports_item_failures());
        let position = |failure: &Value| {
            let number = failure["itemIdentifier"].as_str()?;
            self.records.iter().position(|record| sequence_number(record) == Some(number))
        };
        match failures {
            None => Verdict::Done,
            Some(failures) if failures.is_empty() => Verdict::Done,
            // If a reported record is not in the batch, the whole batch has failed.
            Some(failures) => match failures.iter().map(position).collect::<Option<Vec<_>>>() {
                Some(positions) => {
                    positions.into_iter().min().map_or(Verdict::Done, Verdict::FailedAt)
                }
                None => Verdict::FailedAt(0),
            },
        }
    }

    /// Decides what to do after a call with this batch.
    pub(super) fn after(mut self, verdict: Verdict, source: &EventSource) -> Next {
        match verdict {
            Verdict::Done => Next::Done,
            // Some records are done, so the others are a new batch.
            Verdict::FailedAt(index) if index > 0 => {
                let records = self.records.split_off(index);
                Next::Again(vec![Self { records, calls: 1 }])
            }
            // A bisection doesn't count as a try.
            Verdict::FunctionError
                if source.bisect_batch_on_function_error && self.records.len() > 1 =>
            {
                let calls = self.calls;
                let second = self.records.split_off(self.records.len().div_ceil(2));
                Next::Again(vec![self, Self { records: second, calls }])
            }
            Verdict::FailedAt(_) | Verdict::FunctionError => {
                self.calls += 1;
                match source.retries() {
                    Some(retries) if self.calls > retries => Next::GiveUp(self),
                    _ => Next::Again(vec![self]),
                }
            }
        }
    }
}

/// The records of a shard that are handed over side by side, as Lambda does with a `ParallelizationFactor`:
/// those of one item are in one lane, in their order.
pub(super) fn lanes(records: Vec<Value>, count: usize) -> Vec<Vec<Value>> {
    let mut lanes = vec![Vec::new(); count];
    for record in records {
        let mut hasher = DefaultHasher::new();
        record["dynamodb"]["Keys"].to_string().hash(&mut hasher);
        let lane = usize::try_from(hasher.finish() % count as u64).unwrap_or_default();
        lanes[lane].push(record);
    }
    lanes
}

pub(super) fn sequence_number(record: &Value) -> Option<&str> {
    record["dynamodb"]["SequenceNumber"].as_str()
}

/// When the record was written. The stream reports seconds.
pub(super) fn created_ms(record: &Value) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an instant of this millennium fits by far"
    )]
    let millis =
        (record["dynamodb"]["ApproximateCreationDateTime"].as_f64().unwrap_or(0.0) * 1000.0) as i64;
    millis
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn source() -> EventSource {
        serde_json::from_value(json!({
            "Stream": "arn:aws:dynamodb:r:a:table/t/stream/s", "BatchSize": 3, "MaximumRetryAttempts": 2,
            "MaximumRecordAgeInSeconds": 300, "BisectBatchOnFunctionError": true,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        }))
        .unwrap()
    }

    fn batch(numbers: &[u32], calls: u32) -> Batch {
        let record = |number: &u32| json!({ "dynamodb": { "SequenceNumber": number.to_string(), "ApproximateCreationDateTime": number } });
        Batch { records: numbers.iter().map(record).collect(), calls }
    }

    #[test]
    fn an_answer_names_the_records_that_failed() {
        let (batch, source) = (batch(&[1, 2, 3], 0), source());
        let verdict = |answer: &Value| batch.verdict(answer.to_string().as_bytes(), &source);
        assert_eq!(verdict(&Value::Null), Verdict::Done);
        assert_eq!(verdict(&json!({ "batchItemFailures": [] })), Verdict::Done);
        let failed = |number: &str| json!({ "itemIdentifier": number });
        assert_eq!(
            verdict(&json!({ "batchItemFailures": [failed("3"), failed("2")] })),
            Verdict::FailedAt(1)
        );
        assert_eq!(verdict(&json!({ "batchItemFailures": [failed("9")] })), Verdict::FailedAt(0));
    }

    #[test]
    fn what_comes_before_a_failed_record_is_done() {
        let next = batch(&[1, 2, 3], 0).after(Verdict::FailedAt(1), &source());
        assert_eq!(next, Next::Again(vec![batch(&[2, 3], 1)]));
    }

    #[test]
    fn a_function_error_halves_the_batch_without_counting() {
        let next = batch(&[1, 2, 3], 1).after(Verdict::FunctionError, &source());
        assert_eq!(next, Next::Again(vec![batch(&[1, 2], 1), batch(&[3], 1)]));
    }

    #[test]
    fn records_of_one_item_stay_in_order_and_in_one_lane() {
        let record = |(at, key): (usize, &&str)| json!({"dynamodb": {"Keys": key, "SequenceNumber": at.to_string()}});
        let keys: Vec<_> = ["a", "b", "c", "d", "e", "f"].repeat(3);
        let all = lanes(keys.iter().enumerate().map(record).collect(), 10);
        assert!(all.len() == 10 && all.iter().filter(|lane| !lane.is_empty()).count() > 1);
        for key in ["a", "b", "c", "d", "e", "f"] {
            let of_key = |lane: &Vec<Value>| {
                let own = lane.iter().filter(|it| it["dynamodb"]["Keys"] == key);
                own.filter_map(|it| sequence_number(it)?.parse().ok()).collect::<Vec<u8>>()
            };
            let lanes: Vec<_> = all.iter().map(of_key).filter(|lane| !lane.is_empty()).collect();
            assert!(lanes.len() == 1 && lanes[0].len() == 3 && lanes[0].is_sorted(), "{lanes:?}");
        }
    }

    #[test]
    fn the_third_failed_call_is_the_last() {
        let again = batch(&[1], 1).after(Verdict::FunctionError, &source());
        assert_eq!(again, Next::Again(vec![batch(&[1], 2)]));
        let given_up = batch(&[1], 2).after(Verdict::FunctionError, &source());
        assert_eq!(given_up, Next::GiveUp(batch(&[1], 3)));
    }

    #[test]
    fn records_beyond_the_maximum_age_are_taken_out() {
        let mut all = batch(&[100, 401], 0);
        let expired = all.take_expired(&source(), Timestamp::from_seconds(401));
        assert_eq!(expired, batch(&[100], 0));
        assert_eq!(all, batch(&[401], 0));
    }
}
