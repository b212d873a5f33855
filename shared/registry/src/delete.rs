//! Deletions of pointers. Functions never delete, and their roles don't allow it.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure};
use runtime::telemetry::Operation;
use store::item::{Item, string};
use store::table::{Table, Write, not_applied, units};

/// Deletes an item if its attribute `name` has the text `value`.
pub(crate) async fn delete(
    table: &Table,
    pk: &str,
    (name, value): (&str, &str),
) -> anyhow::Result<Write> {
    let is_as_seen = format!("{name} = :{name}");
    let delete = table
        .client()
        .delete_item()
        .table_name(table.name())
        .key("pk", string(pk))
        .condition_expression(is_as_seen)
        .expression_attribute_values(format!(":{name}"), string(value))
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let mut operation = Operation::start();
    match delete.send().await {
        Ok(output) => {
            operation.wrote(units(output.consumed_capacity()));
            Ok(Write::Applied(Item::default()))
        }
        Err(error) => not_applied(&error, "DeleteItem", &mut operation, |error| match error {
            DeleteItemError::ConditionalCheckFailedException(lost) => Some(lost),
            _ => None,
        }),
    }
}
