//! A DynamoDB that overlooks one clause of one condition, to show that a test would miss it; and the
//! record of all conditions that were sent.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::Value;

use crate::fault::Operation;

/// Names the clause to overlook: write, condition and clause, separated by `|`, e.g.
/// `FAM UpdateItem|attribute_exists(pk)|attribute_exists(pk)`.
const WITHOUT: &str = "WORKBENCH_WITHOUT_CLAUSE";

/// Names a file that a line is added to for each condition: write and condition, separated by `|`.
const RECORD: &str = "WORKBENCH_RECORD_CONDITIONS";

const TRUE: &str = "(attribute_exists(pk) OR attribute_not_exists(pk))";
const FALSE: &str = "(attribute_exists(pk) AND attribute_not_exists(pk))";

/// What is overlooked or recorded, if anything.
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
        let config = platform::config::Config::from_environment();
        let without = config.optional(WITHOUT).and_then(|text| {
            let mut parts = text.splitn(3, '|').map(str::to_owned);
            Some(Clause { write: parts.next()?, condition: parts.next()?, text: parts.next()? })
        });
        Self { without: without.map(Arc::new), record: config.optional(RECORD).map(Arc::from) }
    }

    /// The body, perhaps without the clause.
    pub(crate) fn apply(&self, operation: &Operation, body: &str) -> anyhow::Result<String> {
        if self.without.is_none() && self.record.is_none() {
            return Ok(body.to_owned());
        }
        let request: Value = serde_json::from_str(body)?;
        let Some(condition) = request["ConditionExpression"].as_str().map(str::to_owned) else {
            return Ok(body.to_owned());
        };
        let write = format!("{} {}", operation.item, operation.name);
        if let Some(file) = self.record.as_deref() {
            let mut file = OpenOptions::new().create(true).append(true).open(file)?;
            file.write_all(format!("{write}|{condition}\n").as_bytes())?;
        }
        match &self.without {
            Some(clause) if clause.write == write && clause.condition == condition => {
                overlook(request, &condition, &clause.text)
            }
            _ => Ok(body.to_owned()),
        }
    }
}

/// What the clause guards holds always, what it offers holds never.
fn overlook(mut request: Value, condition: &str, clause: &str) -> anyhow::Result<String> {
    let at = condition.find(clause).context("the condition has no such clause")?;
    let (before, after) = (&condition[..at], &condition[at + clause.len()..]);
    let is_offer = before.trim_end().ends_with("OR") || after.trim_start().starts_with("OR");
    let neutral = if is_offer { FALSE } else { TRUE };
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
