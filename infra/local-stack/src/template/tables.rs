//! The tables of the template: the request that creates each, and its time to live.

use anyhow::Result;
use serde_json::{Value, json};

use super::arn;
use super::intrinsics::Scope;

/// A table of the template.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// The body of `CreateTable`.
    pub(crate) creation: Value,
    /// The attribute with an item's expiry.
    pub(crate) ttl: Option<String>,
}

pub(super) fn read(scope: &Scope, logical_id: &str, properties: &Value) -> Result<Table> {
    let properties = scope.resolve(properties)?;
    let name = arn::table_name(logical_id);
    let mut creation = json!({
        "TableName": name,
        "AttributeDefinitions": properties["AttributeDefinitions"],
        "KeySchema": properties["KeySchema"],
        "BillingMode": "PAY_PER_REQUEST",
    });
    if let Some(view) = properties["StreamSpecification"]["StreamViewType"].as_str() {
        creation["StreamSpecification"] = json!({ "StreamEnabled": true, "StreamViewType": view });
    }
    if let Some(protected) = properties["DeletionProtectionEnabled"].as_bool() {
        creation["DeletionProtectionEnabled"] = protected.into();
    }
    let ttl =
        properties["TimeToLiveSpecification"]["AttributeName"].as_str().map(ToOwned::to_owned);
    Ok(Table { name, creation, ttl })
}
