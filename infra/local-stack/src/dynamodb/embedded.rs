//! dynoxide in this process: `SQLite` in memory, or in a file that survives a restart. Its own server has no guard, and
//! answers every origin, so operations are called here.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::task::{spawn, spawn_blocking};
use tokio::time;

use super::answer::Answer;
use crate::data;

/// How often expired items are deleted. AWS needs up to some days; a developer wants to see it sooner.
const SWEEP: Duration = Duration::from_mins(1);

/// Opens the database.
pub(super) fn open(data: Option<&Path>) -> Result<Database> {
    let database = match data {
        None => Database::memory(),
        Some(folder) => {
            let file = folder.join("dynamodb.sqlite");
            // SQLite gives its other files the permissions of this one.
            data::private(&file).with_context(|| format!("open {}", file.display()))?;
            Database::new(file.to_str().context("POSTERN_DATA must be UTF-8")?)
        }
    };
    let database = database.map_err(|error| anyhow!("open the embedded DynamoDB: {error}"))?;
    spawn(sweep(database.clone()));
    Ok(database)
}

/// The emulator doesn't delete expired items by itself.
async fn sweep(database: Database) {
    let mut ticks = time::interval(SWEEP);
    loop {
        ticks.tick().await;
        let database = database.clone();
        drop(spawn_blocking(move || database.sweep_ttl()).await);
    }
}

/// Calls an operation with the JSON of its request.
pub(super) fn call(db: &Database, operation: &str, body: &[u8]) -> Answer {
    let done = match operation {
        "CreateTable" => run(body, |it| db.create_table(it)),
        "DeleteTable" => run(body, |it| db.delete_table(it)),
        "DescribeTable" => run(body, |it| db.describe_table(it)),
        "ListTables" => run(body, |it| db.list_tables(it)),
        "UpdateTable" => run(body, |it| db.update_table(it)),
        "UpdateTimeToLive" => run(body, |it| db.update_time_to_live(it)),
        "DescribeTimeToLive" => run(body, |it| db.describe_time_to_live(it)),
        "GetItem" => run(body, |it| db.get_item(it)),
        "PutItem" => run(body, |it| db.put_item(it)),
        "UpdateItem" => run(body, |it| db.update_item(it)),
        "DeleteItem" => run(body, |it| db.delete_item(it)),
        "Query" => run(body, |it| db.query(it)),
        "Scan" => run(body, |it| db.scan(it)),
        "BatchGetItem" => run(body, |it| db.batch_get_item(it)),
        "BatchWriteItem" => run(body, |it| db.batch_write_item(it)),
        "TransactGetItems" => run(body, |it| db.transact_get_items(it)),
        "TransactWriteItems" => run(body, |it| db.transact_write_items(it)),
        "ExecuteStatement" => run(body, |it| db.execute_statement(it)),
        "ExecuteTransaction" => run(body, |it| db.execute_transaction(it)),
        "BatchExecuteStatement" => run(body, |it| db.batch_execute_statement(it)),
        "ListStreams" => run(body, |it| db.list_streams(it)),
        "DescribeStream" => run(body, |it| db.describe_stream(it)),
        "GetShardIterator" => run(body, |it| db.get_shard_iterator(it)),
        "GetRecords" => run(body, |it| db.get_records(it)),
        "TagResource" => run(body, |it| db.tag_resource(it)),
        "UntagResource" => run(body, |it| db.untag_resource(it)),
        "ListTagsOfResource" => run(body, |it| db.list_tags_of_resource(it)),
        _ => {
            let kind = "com.amazon.coral.service#UnknownOperationException";
            return Answer::new(400, json!({ "__type": kind }).to_string());
        }
    };
    match done {
        Ok(body) => Answer::new(200, body),
        Err(error) => Answer::new(error.status_code(), error.to_json()),
    }
}

fn run<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    call: impl FnOnce(Q) -> Result<A, DynoxideError>,
) -> Result<String, DynoxideError> {
    let malformed =
        |error: serde_json::Error| DynoxideError::SerializationException(error.to_string());
    let answer = call(serde_json::from_slice(body).map_err(malformed)?)?;
    serde_json::to_string(&answer).map_err(malformed)
}
