//! A DynamoDB that ignores one clause of one condition, to show that a test fails without that clause;
//! and a record of all writes, each with its fault.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::Value;

use crate::fault::{Fault, Operation};

/// The environment variable with the clause to ignore: write, condition and clause, separated by `|`, e.g.
/// `FAM UpdateItem|attribute_exists(pk)|attribute_exists(pk)`.
const WITHOUT: &str = "WORKBENCH_WITHOUT_CLAUSE";

/// The environment variable with the name of the record. It gets a line for each write: write, condition
/// (which may be empty) and fault, separated by `|`.
const RECORD: &str = "WORKBENCH_RECORD_WRITES";

const TRUE: &str = "(attribute_exists(pk) OR attribute_not_exists(pk))";
const FALSE: &str = "(attribute_exists(pk) AND attribute_not_exists(pk))";

/// The clause to ignore and the file of the record, if they are set.
#[derive(Clone)]
pub(crate) struct Mutation {
    without: Option<Arc<Clause>>,
    /// The file's name.
    record: Option<Arc<str>>,
}

struct Clause {
    write: String,
    condition: String,
    text: String,
}

impl Mutation {
    pub(crate) fn from_environment() -> Self {
        let config = runtime::config::Config::from_environment();
        let without = config.optional(WITHOUT).and_then(|text| {
            let mut parts = text.splitn(3, '|').map(str::to_owned);
            Some(Clause { write: parts.next()?, condition: parts.next()?, text: parts.next()? })
        });
        Self { without: without.map(Arc::new), record: config.optional(RECORD).map(Arc::from) }
    }

    /// The body; without the clause, if this is its write.
    pub(crate) fn apply(&self, operation: &Operation, body: &str) -> anyhow::Result<String> {
        let Some(clause) = &self.without else { return Ok(body.to_owned()) };
        let request: Value = serde_json::from_str(body)?;
        match request["ConditionExpression"].as_str().map(str::to_owned) {
            Some(condition) if clause.condition == condition && clause.write == name(operation) => {
                ignore(request, &condition, &clause.text)
            }
            _ => Ok(body.to_owned()),
        }
    }

    /// Records a write and its fault.
    pub(crate) fn record(
        &self,
        operation: &Operation,
        body: &str,
        fault: Fault,
    ) -> anyhow::Result<()> {
        let Some(file) = self.record.as_deref().filter(|_| operation.is_write()) else {
            return Ok(());
        };
        let request: Value = serde_json::from_str(body)?;
        let condition = request["ConditionExpression"].as_str().unwrap_or_default();
        let line = format!("{}|{condition}|{fault:?}\n", name(operation));
        OpenOptions::new().create(true).append(true).open(file)?.write_all(line.as_bytes())?;
        Ok(())
    }
}

/// The name of a write in the record, e.g. `FAM UpdateItem`.
fn name(operation: &Operation) -> String {
    format!("{} {}", operation.item, operation.name)
}

/// Replaces the clause: by an expression that is always true or, if it is an alternative of an OR, by
/// one that is always false.
fn ignore(mut request: Value, condition: &str, clause: &str) -> anyhow::Result<String> {
    let at = condition.find(clause).context("the condition has no such clause")?;
    let (before, after) = (&condition[..at], &condition[at + clause.len()..]);
    let is_alternative = before.trim_end().ends_with("OR") || after.trim_start().starts_with("OR");
    let neutral = if is_alternative { FALSE } else { TRUE };
    request["ConditionExpression"] = format!("{before}{neutral}{after}").into();
    drop_unused(&mut request);
    Ok(request.to_string())
}

/// DynamoDB refuses names and values that no expression uses.
fn drop_unused(request: &mut Value) {
    let used = format!("{} {}", request["ConditionExpression"], request["UpdateExpression"]);
    let is_part = |char: char| char.is_alphanumeric() || [':', '#'].contains(&char);
    let is_used = |name: &String| used.split(|char| !is_part(char)).any(|word| word == name);
    for dictionary in ["ExpressionAttributeNames", "ExpressionAttributeValues"] {
        if let Some(entries) = request[dictionary].as_object_mut() {
            entries.retain(|name, _| is_used(name));
        }
        if request[dictionary].as_object().is_none_or(serde_json::Map::is_empty) {
            request.as_object_mut().map(|request| request.remove(dictionary));
        }
    }
}
