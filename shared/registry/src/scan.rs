//! Scans. Functions never scan, and their roles don't allow it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use runtime::outage::sdk_error;
use runtime::telemetry::Operation;
use store::item::{Item, string};
use store::table::{Table, units};

/// Where a scan continues.
#[derive(Clone, Debug)]
pub struct Cursor(HashMap<String, AttributeValue>);

/// Which items a scan returns, and where it starts.
#[derive(Default)]
pub(crate) struct Filter<'f> {
    /// Attributes, and the texts that they must have.
    pub(crate) equal: &'f [(&'f str, &'f str)],
    pub(crate) from: Option<Cursor>,
    /// Another prefix of keys.
    pub(crate) or_prefix: Option<&'f str>,
}

/// Some results of a scan, in no order.
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page starts; `None` on the last page.
    pub next: Option<Cursor>,
}

impl Page<Item> {
    pub(crate) fn try_map<T>(
        self,
        read: impl Fn(&Item) -> anyhow::Result<T>,
    ) -> anyhow::Result<Page<T>> {
        let items: anyhow::Result<_> = self.items.iter().map(read).collect();
        Ok(Page { items: items?, next: self.next })
    }
}

/// A page of the items whose key starts with `prefix`. Strongly consistent. All pages together read the
/// whole table.
pub(crate) async fn scan(
    table: &Table,
    prefix: &str,
    filter: Filter<'_>,
) -> anyhow::Result<Page<Item>> {
    let mut operation = Operation::start();
    let mut clauses = vec!["begins_with(pk, :prefix)".to_owned()];
    let mut scan = table.client().scan().table_name(table.name()).consistent_read(true);
    if let Some(prefix) = filter.or_prefix {
        clauses = vec!["(begins_with(pk, :prefix) OR begins_with(pk, :orPrefix))".to_owned()];
        scan = scan.expression_attribute_values(":orPrefix", string(prefix));
    }
    for (name, value) in filter.equal {
        clauses.push(format!("{name} = :{name}"));
        scan = scan.expression_attribute_values(format!(":{name}"), string(*value));
    }
    let output = scan
        .filter_expression(clauses.join(" AND "))
        .expression_attribute_values(":prefix", string(prefix))
        .set_exclusive_start_key(filter.from.map(|from| from.0))
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .send()
        .await
        .map_err(|error| table.named(sdk_error(&error, "Scan")))?;
    operation.read(units(output.consumed_capacity()));
    let items = output.items.unwrap_or_default().into_iter().map(Item::from).collect();
    Ok(Page { items, next: output.last_evaluated_key.map(Cursor) })
}
