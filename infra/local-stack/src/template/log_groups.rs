//! The log groups of the template.

use anyhow::Result;
use serde::Deserialize;
use serde_json::Value;

use super::intrinsics::Scope;

/// A log group, and how long its lines are stored.
#[derive(Clone, Debug)]
pub(crate) struct LogGroup {
    /// The id in the template.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) retention_days: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    log_group_name: String,
    retention_in_days: String,
}

/// A parameter's value is a text, also that of a number.
pub(super) fn read(scope: &Scope, id: &str, properties: &Value) -> Result<LogGroup> {
    let own: Properties = serde_json::from_value(scope.resolve(properties)?)?;
    let retention_days = own.retention_in_days.parse()?;
    Ok(LogGroup { id: id.to_owned(), name: own.log_group_name, retention_days })
}
