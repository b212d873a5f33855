//! A DynamoDB that overlooks one clause of one condition, to show that a test would miss it.

use std::sync::Arc;

use serde_json::Value;

use crate::fault::Operation;

/// The variable that names the clause to overlook: item, operation and clause, separated by `|`,
/// e.g. `FAM|UpdateItem|slideExp > :now`.
const VARIABLE: &str = "WORKBENCH_WITHOUT_CLAUSE";

const TRUE: &str = "(attribute_exists(pk) OR attribute_not_exists(pk))";
const FALSE: &str = "(attribute_exists(pk) AND attribute_not_exists(pk))";

/// What is overlooked, if anything.
#[derive(Clone)]
pub(crate) struct Mutation(Option<Arc<Clause>>);

struct Clause {
    item: String,
    operation: String,
    text: String,
}

impl Mutation {
    pub(crate) fn from_environment() -> Self {
        let config = platform::config::Config::from_environment();
        let clause = config.optional(VARIABLE).and_then(|text| {
            let mut parts = text.splitn(3, '|').map(str::to_owned);
            Some(Clause { item: parts.next()?, operation: parts.next()?, text: parts.next()? })
        });
        Self(clause.map(Arc::new))
    }

    /// The body without the clause: what it guards holds always, what it offers holds never.
    pub(crate) fn apply(&self, operation: &Operation, body: &str) -> anyhow::Result<String> {
        let Some(clause) = &self.0 else { return Ok(body.to_owned()) };
        if operation.item != clause.item || operation.name != clause.operation {
            return Ok(body.to_owned());
        }
        let mut request: Value = serde_json::from_str(body)?;
        let Some(condition) = request["ConditionExpression"].as_str() else {
            return Ok(body.to_owned());
        };
        let Some(at) = condition.find(&clause.text) else { return Ok(body.to_owned()) };
        let (before, after) = (&condition[..at], &condition[at + clause.text.len()..]);
        let is_offer = before.trim_end().ends_with("OR") || after.trim_start().starts_with("OR");
        let neutral = if is_offer { FALSE } else { TRUE };
        request["ConditionExpression"] = format!("{before}{neutral}{after}").into();
        // DynamoDB refuses values that no expression uses.
        let used = format!("{} {}", request["ConditionExpression"], request["UpdateExpression"]);
        if let Some(values) = request["ExpressionAttributeValues"].as_object_mut() {
            values.retain(|name, _| {
                let mut names = used.split(|char: char| !(char.is_alphanumeric() || char == ':'));
                names.any(|word| word == name)
            });
            if values.is_empty() {
                request.as_object_mut().map(|request| request.remove("ExpressionAttributeValues"));
            }
        }
        Ok(request.to_string())
    }
}
