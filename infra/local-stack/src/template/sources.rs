//! Event sources: mappings of a table's stream to a function.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::stream::filter::Pattern;

/// A DynamoDB event source mapping with Lambda's names and defaults.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EventSource {
    stream: String,
    #[serde(default = "lambdas_batch_size")]
    pub(crate) batch_size: usize,
    #[serde(default = "lambdas_parallelization_factor")]
    pub(crate) parallelization_factor: usize,
    #[serde(default)]
    pub(crate) bisect_batch_on_function_error: bool,
    #[serde(default)]
    function_response_types: Vec<String>,
    /// −1 is Lambda's default: it retries until the record expires.
    #[serde(default = "without_limit")]
    maximum_retry_attempts: i64,
    /// −1 is Lambda's default: records expire only when the stream drops them.
    #[serde(default = "without_limit")]
    maximum_record_age_in_seconds: i64,
    #[serde(default)]
    filter_criteria: FilterCriteria,
    #[serde(default)]
    destination_config: DestinationConfig,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DestinationConfig {
    on_failure: Option<OnFailure>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OnFailure {
    destination: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FilterCriteria {
    filters: Vec<Filter>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    pattern: String,
}

const fn lambdas_batch_size() -> usize {
    100
}

const fn lambdas_parallelization_factor() -> usize {
    1
}

const fn without_limit() -> i64 {
    -1
}

impl EventSource {
    /// The table whose stream is read.
    pub(crate) fn table(&self) -> Option<&str> {
        self.stream.split('/').nth(1)
    }

    /// Whether the function reports which records of a batch failed.
    pub(crate) fn reports_item_failures(&self) -> bool {
        self.function_response_types.iter().any(|kind| kind == "ReportBatchItemFailures")
    }

    /// How often a batch is retried; `None` means no limit.
    pub(crate) fn retries(&self) -> Option<u32> {
        u32::try_from(self.maximum_retry_attempts).ok()
    }

    /// The age in milliseconds at which a record is given up; `None` means no limit.
    pub(crate) fn maximum_age_ms(&self) -> Option<i64> {
        (self.maximum_record_age_in_seconds >= 0)
            .then_some(self.maximum_record_age_in_seconds * 1000)
    }

    /// The ARN of the queue or bucket that gets batches that were given up.
    pub(crate) fn dead_letters(&self) -> Option<&str> {
        Some(&self.destination_config.on_failure.as_ref()?.destination)
    }

    /// The filters. A record passes if one of them matches, or if there are none.
    pub(crate) fn filters(&self) -> Result<Vec<Pattern>> {
        self.filter_criteria.filters.iter().map(|filter| Pattern::parse(&filter.pattern)).collect()
    }

    /// Checks the mapping at the start.
    pub(super) fn check(&self) -> Result<()> {
        self.table().context("Stream must be !GetAtt <table>.StreamArn")?;
        ensure!(self.batch_size > 0, "BatchSize must be at least 1");
        let lanes = self.parallelization_factor;
        ensure!((1..=10).contains(&lanes), "ParallelizationFactor must be from 1 to 10");
        self.filters().map(drop)
    }
}
