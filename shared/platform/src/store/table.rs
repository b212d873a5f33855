//! One table, and the outcome of one conditional write on it.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::delete_item::builders::DeleteItemFluentBuilder;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConsumedCapacity, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::item::{Item, string};
use crate::telemetry::Operation;
use crate::{aws, http};

/// One of the four tables.
#[derive(Clone)]
pub struct Table {
    client: aws_sdk_dynamodb::Client,
    name: String,
}

/// What became of a conditional write, after all retries.
#[must_use]
#[derive(Debug)]
pub(super) enum Write {
    /// The condition held. With the attributes that were asked for.
    Applied(Item),
    /// The condition did not hold, for the first attempt or for a repeated one.
    Lost(Option<Item>),
    /// Every answer was lost: it may have been applied, or may still be.
    InDoubt(anyhow::Error),
}

/// The item that decides about a write that was not simply applied.
#[must_use]
pub(super) enum Settled {
    Applied,
    Found(Option<Item>),
}

/// Where a scan goes on.
#[derive(Clone, Debug)]
pub struct Cursor(HashMap<String, AttributeValue>);

/// What a scan is to show, besides the kind of item.
#[derive(Default)]
pub(super) struct Filter<'f> {
    /// Attributes and the texts that they must have.
    pub(super) equal: &'f [(&'f str, &'f str)],
    pub(super) from: Option<Cursor>,
}

/// Some of what a scan finds, and where it goes on.
pub(super) struct Page {
    pub(super) items: Vec<Item>,
    pub(super) next: Option<Cursor>,
}

impl Table {
    /// A table by its name.
    #[must_use]
    pub fn new(client: aws_sdk_dynamodb::Client, name: String) -> Self {
        Self { client, name }
    }

    /// Opens the connection ahead of the first request, by reading an item that nobody writes.
    pub(super) async fn prime(&self) {
        let read = async { self.read("-", false).await.map(drop) };
        http::prepared(read, "open the connection").await;
    }

    /// An eventually consistent read: half the price, may be a second behind.
    pub(super) async fn get(&self, pk: &str) -> anyhow::Result<Option<Item>> {
        self.read(pk, false).await
    }

    /// A strongly consistent read: sees every write that was acknowledged before.
    pub(super) async fn get_strong(&self, pk: &str) -> anyhow::Result<Option<Item>> {
        self.read(pk, true).await
    }

    async fn read(&self, pk: &str, consistent: bool) -> anyhow::Result<Option<Item>> {
        let mut operation = Operation::start();
        let output = self
            .client
            .get_item()
            .table_name(&self.name)
            .key("pk", string(pk))
            .consistent_read(consistent)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| aws::error(&error, "GetItem"))?;
        operation.read(units(output.consumed_capacity()));
        Ok(output.item.map(Item::from))
    }

    /// An update of one item, to be completed by its caller and run by [`Table::write_update`].
    pub(super) fn update(&self, pk: &str) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.name)
            .key("pk", string(pk))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// A put of one item, to be completed by its caller and run by [`Table::write_put`].
    pub(super) fn put(&self, item: Item) -> PutItemFluentBuilder {
        self.client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item.into_attributes()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// A deletion of one item, to be completed by its caller and run by [`Table::write_delete`].
    pub(super) fn delete(&self, pk: &str) -> DeleteItemFluentBuilder {
        self.client
            .delete_item()
            .table_name(&self.name)
            .key("pk", string(pk))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// A page of the items whose key starts with `prefix`, strongly consistent, in no order.
    pub(super) async fn scan(&self, prefix: &str, filter: Filter<'_>) -> anyhow::Result<Page> {
        let mut operation = Operation::start();
        let mut clauses = vec!["begins_with(pk, :prefix)".to_owned()];
        let mut scan = self.client.scan().table_name(&self.name).consistent_read(true);
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
            .map_err(|error| aws::error(&error, "Scan"))?;
        operation.read(units(output.consumed_capacity()));
        let next = output.last_evaluated_key.map(Cursor);
        let items = output.items.unwrap_or_default().into_iter().map(Item::from).collect();
        Ok(Page { items, next })
    }

    pub(super) async fn write_update(
        &self,
        update: UpdateItemFluentBuilder,
    ) -> anyhow::Result<Write> {
        let mut operation = Operation::start();
        match update.send().await {
            Ok(output) => {
                operation.wrote(units(output.consumed_capacity()));
                Ok(Write::Applied(output.attributes.unwrap_or_default().into()))
            }
            Err(error) => not_applied(&error, "UpdateItem", &mut operation, |error| match error {
                UpdateItemError::ConditionalCheckFailedException(lost) => Some(lost),
                _ => None,
            }),
        }
    }

    pub(super) async fn write_put(&self, put: PutItemFluentBuilder) -> anyhow::Result<Write> {
        let mut operation = Operation::start();
        match put.send().await {
            Ok(output) => {
                operation.wrote(units(output.consumed_capacity()));
                Ok(Write::Applied(Item::default()))
            }
            Err(error) => not_applied(&error, "PutItem", &mut operation, |error| match error {
                PutItemError::ConditionalCheckFailedException(lost) => Some(lost),
                _ => None,
            }),
        }
    }

    pub(super) async fn write_delete(
        &self,
        delete: DeleteItemFluentBuilder,
    ) -> anyhow::Result<Write> {
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

    /// The item that decides: the one that came with the loss or, when every answer was lost, the one
    /// that a strong read finds now.
    pub(super) async fn settle(&self, pk: &str, write: Write) -> anyhow::Result<Settled> {
        match write {
            Write::Applied(_) => Ok(Settled::Applied),
            Write::Lost(item) => Ok(Settled::Found(item)),
            Write::InDoubt(error) => {
                tracing::warn!("a write is in doubt: {error:#}");
                Ok(Settled::Found(self.get_strong(pk).await?))
            }
        }
    }

    /// Puts a fact that nobody can observe yet, under a fresh random key: whoever finds the key taken
    /// finds their own earlier attempt.
    pub(super) async fn put_fact(&self, pk: &str, item: Item) -> anyhow::Result<()> {
        let put = self.put(item).condition_expression("attribute_not_exists(pk)");
        match self.write_put(put).await? {
            Write::Applied(_) | Write::Lost(_) => Ok(()),
            Write::InDoubt(error) => match self.get_strong(pk).await? {
                Some(_) => Ok(()),
                None => Err(error),
            },
        }
    }
}

/// DynamoDB charges a write whose condition was lost by the item's size, at least one unit, and
/// doesn't report it. Items that are written under a condition are below 1 KB, but for users of the
/// identity provider with many groups and profiles.
const LOST_CONDITION_UNITS: f64 = 1.0;

fn units(capacity: Option<&ConsumedCapacity>) -> f64 {
    capacity.and_then(ConsumedCapacity::capacity_units).unwrap_or_default()
}

/// A write whose condition was lost is decided; one that failed without an answer is in doubt; one that
/// was refused otherwise is a bug of ours.
fn not_applied<E: ProvideErrorMetadata>(
    error: &SdkError<E, HttpResponse>,
    action: &str,
    operation: &mut Operation,
    lost: fn(&E) -> Option<&ConditionalCheckFailedException>,
) -> anyhow::Result<Write> {
    if let Some(lost) = error.as_service_error().and_then(lost) {
        operation.wrote(LOST_CONDITION_UNITS);
        return Ok(Write::Lost(lost.item.clone().map(Item::from)));
    }
    let error = aws::error(error, action);
    if aws::is_unavailable(&error) { Ok(Write::InDoubt(error)) } else { Err(error) }
}
