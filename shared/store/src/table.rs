//! Reads of one table, and the outcome of one conditional write. For this crate and `registry`;
//! functions don't use it directly.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::delete_item::builders::DeleteItemFluentBuilder;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use aws_sdk_dynamodb::types::{
    ConsumedCapacity, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use domain::author::Author;
use domain::decide::Unresolved;
use futures_util::FutureExt as _;
use futures_util::future::try_join_all;
use runtime::author::{self, Authors};
use runtime::aws::Aws;
use runtime::outage::{Unavailable, is_unavailable, sdk_error};
use runtime::resources::TableName;
use runtime::telemetry::Operation;

use crate::item::{BY, DELETED_BY, Item, string};

/// One of the four tables.
#[derive(Clone)]
pub struct Table {
    client: aws_sdk_dynamodb::Client,
    name: String,
    authors: Authors,
}

/// The outcome of a conditional write, after all retries.
#[must_use]
#[derive(Debug)]
pub enum Write {
    /// The write was applied. Has the attributes that the write asked for.
    Applied(Item),
    /// The condition failed, for the first try or for a retry. Has the item as DynamoDB returned it.
    Lost(Option<Item>),
    /// Every answer was lost: the write may have been applied, or may still be.
    InDoubt(anyhow::Error),
}

/// A write that was applied, or the item from which to decide whether it was.
#[must_use]
pub enum Settled {
    Applied,
    Found(Option<Item>),
}

impl Table {
    /// The table that its environment variable names.
    pub fn new(aws: &Aws, name: TableName) -> anyhow::Result<Self> {
        let name = aws.config().required(name.variable())?.to_owned();
        Ok(Self { client: aws.dynamodb(), name, authors: aws.authors().clone() })
    }

    /// Opens the connections to DynamoDB before the first request, by reading an item that doesn't
    /// exist, on all of them at once.
    pub fn connect_ahead(&self, aws: &Aws) {
        let (table, at_warm_up) = (self.clone(), aws.clone());
        aws.warm_up(move || {
            let (table, count) = (table.clone(), at_warm_up.parallel_calls());
            async move {
                let reads = (0..count).map(|_| table.get("-"));
                try_join_all(reads).await.map(drop)
            }
            .boxed()
        });
    }

    pub fn client(&self) -> &aws_sdk_dynamodb::Client {
        &self.client
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// An eventually consistent read: it costs half, and may miss the writes of the last second.
    pub async fn get(&self, pk: &str) -> anyhow::Result<Option<Item>> {
        self.read(pk, false).await
    }

    /// A strongly consistent read: it sees every acknowledged write.
    pub async fn get_strong(&self, pk: &str) -> anyhow::Result<Option<Item>> {
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
            .map_err(|error| self.named(sdk_error(&error, "GetItem")))?;
        operation.read(units(output.consumed_capacity()));
        Ok(output.item.map(Item::from))
    }

    /// Begins an update of one item. The caller completes it and calls [`Table::write_update`].
    pub fn update(&self, pk: &str) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.name)
            .key("pk", string(pk))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// Begins a put of one item. The caller completes it and calls [`Table::write_put`].
    pub fn put(&self, item: Item) -> PutItemFluentBuilder {
        self.client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item.into_attributes()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// What `by` becomes in the next write: no two writes have the same author.
    pub async fn author(&self) -> anyhow::Result<Author> {
        self.authors.next().await
    }

    /// Sends an update, which also sets the item's author. So its condition has to fail once it was
    /// applied: a late copy would change the author and nothing else.
    pub async fn write_update(&self, update: UpdateItemFluentBuilder) -> anyhow::Result<Write> {
        let by = self.author().await?;
        self.write_unsigned_update(signed(update, &by)).await
    }

    /// Sends an update that leaves the item's author: of a counter, which needs none, or one that changes
    /// nothing if it is applied again, and names its author in another way.
    pub async fn write_unsigned_update(
        &self,
        update: UpdateItemFluentBuilder,
    ) -> anyhow::Result<Write> {
        let mut operation = Operation::start();
        match update.send().await {
            Ok(output) => {
                operation.wrote(units(output.consumed_capacity()));
                Ok(Write::Applied(output.attributes.unwrap_or_default().into()))
            }
            Err(error) => {
                self.not_applied(&error, "UpdateItem", &mut operation, |error| match error {
                    UpdateItemError::ConditionalCheckFailedException(lost) => Some(lost),
                    _ => None,
                })
            }
        }
    }

    /// Sends a put, of an item that names its author.
    pub async fn write_put(&self, put: PutItemFluentBuilder) -> anyhow::Result<Write> {
        let put = put.item(BY, string(self.author().await?.to_string()));
        let mut operation = Operation::start();
        match put.send().await {
            Ok(output) => {
                operation.wrote(units(output.consumed_capacity()));
                Ok(Write::Applied(Item::default()))
            }
            Err(error) => {
                self.not_applied(&error, "PutItem", &mut operation, |error| match error {
                    PutItemError::ConditionalCheckFailedException(lost) => Some(lost),
                    _ => None,
                })
            }
        }
    }

    /// Deletes an item that this call put, and that nothing was written to since. What is left of it,
    /// the image before, names the call.
    pub async fn delete_own(&self, pk: &str) -> anyhow::Result<Write> {
        let is_ours = "(#by = :first OR begins_with(#by, :others))";
        let (first, others) = author::of_this_call()?;
        let delete = self
            .delete(pk)
            .condition_expression(is_ours)
            .expression_attribute_names("#by", BY)
            .expression_attribute_values(":first", string(first))
            .expression_attribute_values(":others", string(others));
        self.write_delete(delete).await
    }

    /// Deletes an item if its attribute `name` has the text `value`. A deletion names nobody, so a mark
    /// in the item does, which is written first. Lost also if another deletion has marked the item.
    pub async fn delete_signed(
        &self,
        pk: &str,
        (name, value): (&str, &str),
    ) -> anyhow::Result<Write> {
        let by = self.author().await?;
        let is_as_seen = format!("{name} = :{name}");
        let is_unmarked = format!("attribute_not_exists({DELETED_BY})");
        let mark = self
            .update(pk)
            .update_expression(format!("SET {DELETED_BY} = :by"))
            .condition_expression(format!("{is_as_seen} AND {is_unmarked}"))
            .expression_attribute_values(format!(":{name}"), string(value));
        let mark = self.write_unsigned_update(signed(mark, &by)).await?;
        if let Settled::Found(found) = self.settle(pk, mark).await? {
            let by = string(by.to_string());
            if found.as_ref().is_none_or(|found| !found.has(DELETED_BY, &by)) {
                return Ok(Write::Lost(found));
            }
        }
        self.delete_marked(pk, &by.to_string()).await
    }

    async fn delete_marked(&self, pk: &str, mark: &str) -> anyhow::Result<Write> {
        let has_mark = format!("{DELETED_BY} = :by");
        let delete = self
            .delete(pk)
            .condition_expression(has_mark)
            .expression_attribute_values(":by", string(mark));
        self.write_delete(delete).await
    }

    /// Deletes an item like [`Table::delete_signed`], also if an earlier deletion marked it and was cut off
    /// before it deleted it. Then the deletion is that one's.
    pub async fn delete_for_good(&self, pk: &str, is: (&str, &str)) -> anyhow::Result<Write> {
        let write = self.delete_signed(pk, is).await?;
        let Write::Lost(Some(found)) = &write else { return Ok(write) };
        match found.some_text(DELETED_BY)? {
            Some(mark) if found.has(is.0, &string(is.1)) => self.delete_marked(pk, mark).await,
            _ => Ok(write),
        }
    }

    fn delete(&self, pk: &str) -> DeleteItemFluentBuilder {
        self.client
            .delete_item()
            .table_name(&self.name)
            .key("pk", string(pk))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    async fn write_delete(&self, delete: DeleteItemFluentBuilder) -> anyhow::Result<Write> {
        let mut operation = Operation::start();
        match delete.send().await {
            Ok(output) => {
                operation.wrote(units(output.consumed_capacity()));
                Ok(Write::Applied(Item::default()))
            }
            Err(error) => {
                self.not_applied(&error, "DeleteItem", &mut operation, |error| match error {
                    DeleteItemError::ConditionalCheckFailedException(lost) => Some(lost),
                    _ => None,
                })
            }
        }
    }

    /// The outcome of a write that failed. If its condition failed, the write is lost. Without an
    /// answer, it is in doubt. Any other error is a bug of ours, or of the deployment.
    fn not_applied<E: ProvideErrorMetadata>(
        &self,
        error: &SdkError<E, HttpResponse>,
        action: &str,
        operation: &mut Operation,
        lost: fn(&E) -> Option<&ConditionalCheckFailedException>,
    ) -> anyhow::Result<Write> {
        if let Some(lost) = error.as_service_error().and_then(lost) {
            operation.wrote(LOST_CONDITION_UNITS);
            return Ok(Write::Lost(lost.item.clone().map(Item::from)));
        }
        let error = self.named(sdk_error(error, action));
        if is_unavailable(&error) { Ok(Write::InDoubt(error)) } else { Err(error) }
    }

    /// The error of a call, with the table's name.
    pub fn named(&self, error: anyhow::Error) -> anyhow::Error {
        error.context(format!("table {}", self.name))
    }

    /// The item that decides about a write: the one that DynamoDB returned with the failed condition
    /// or, if every answer was lost, the one that a strong read finds now.
    pub async fn settle(&self, pk: &str, write: Write) -> anyhow::Result<Settled> {
        match write {
            Write::Applied(_) => Ok(Settled::Applied),
            Write::Lost(item) => Ok(Settled::Found(item)),
            Write::InDoubt(error) => {
                in_doubt(&error);
                Ok(Settled::Found(self.get_strong(pk).await?))
            }
        }
    }

    /// Puts an item that no caller can observe yet, under a new random key. If the key exists, our own
    /// earlier try put it. Whether the answer says that this try did.
    pub async fn put_fact(&self, pk: &str, item: Item) -> anyhow::Result<bool> {
        let is_absent = "attribute_not_exists(pk)";
        let put = self.put(item).condition_expression(is_absent);
        match self.write_put(put).await? {
            Write::Applied(_) => Ok(true),
            Write::Lost(_) => Ok(false),
            Write::InDoubt(error) => match self.get_strong(pk).await? {
                Some(_) => Ok(false),
                None => Err(error),
            },
        }
    }
}

/// The update with the author, the value `:by`. An update has at most one clause `SET`.
fn signed(update: UpdateItemFluentBuilder, by: &Author) -> UpdateItemFluentBuilder {
    let changes = update.get_update_expression().as_deref().unwrap_or_default();
    let expression = match changes.strip_prefix("SET ") {
        Some(set) => format!("SET #by = :by, {set}"),
        None => format!("SET #by = :by {changes}"),
    };
    update
        .update_expression(expression)
        .expression_attribute_names("#by", BY)
        .expression_attribute_values(":by", string(by.to_string()))
}

/// DynamoDB charges a write whose condition failed by the item's size, at least one unit, and doesn't
/// report it. Items that are written under a condition are smaller than 1 KB, except for users of the
/// identity provider with many groups and profiles.
const LOST_CONDITION_UNITS: f64 = 1.0;

pub fn units(capacity: Option<&ConsumedCapacity>) -> f64 {
    capacity.and_then(ConsumedCapacity::capacity_units).unwrap_or_default()
}

pub(crate) fn in_doubt(error: &anyhow::Error) {
    tracing::warn!("no answer to a write, reading the item: {error:#}");
}

/// The error of a write that may or may not have been applied: the caller may try again.
pub fn unresolved(action: &'static str) -> impl FnOnce(Unresolved) -> anyhow::Error {
    move |unresolved| anyhow::Error::new(unresolved).context(action).context(Unavailable)
}
