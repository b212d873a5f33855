//! One table, and the outcome of one conditional write on it. For the modules of this crate and for
//! `registry`: a function has no business here.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use aws_sdk_dynamodb::types::{
    ConsumedCapacity, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use domain::decide::Unresolved;
use futures_util::FutureExt as _;
use runtime::aws::Aws;
use runtime::outage::{Unavailable, is_unavailable, sdk_error};
use runtime::resources::TableName;
use runtime::telemetry::Operation;

use crate::item::{Item, string};

/// One of the four tables.
#[derive(Clone)]
pub struct Table {
    client: aws_sdk_dynamodb::Client,
    name: String,
}

/// What became of a conditional write, after all retries.
#[must_use]
#[derive(Debug)]
pub enum Write {
    /// The condition held. With the attributes that were asked for.
    Applied(Item),
    /// The condition did not hold, for the first attempt or for a repeated one.
    Lost(Option<Item>),
    /// Every answer was lost: it may have been applied, or may still be.
    InDoubt(anyhow::Error),
}

/// The item that decides about a write that was not simply applied.
#[must_use]
pub enum Settled {
    Applied,
    Found(Option<Item>),
}

impl Table {
    /// The table that a variable of the environment names.
    pub fn new(aws: &Aws, name: TableName) -> anyhow::Result<Self> {
        let name = aws.config().required(name.variable())?.to_owned();
        Ok(Self { client: aws.dynamodb(), name })
    }

    /// Has the connection to DynamoDB opened ahead of the first request, by reading an item that is
    /// never written.
    pub fn connect_ahead(&self, aws: &Aws) {
        let table = self.clone();
        aws.warm_up(move || {
            let table = table.clone();
            async move { table.get("-").await.map(drop) }.boxed()
        });
    }

    pub fn client(&self) -> &aws_sdk_dynamodb::Client {
        &self.client
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// An eventually consistent read: half the price, may be a second behind.
    pub async fn get(&self, pk: &str) -> anyhow::Result<Option<Item>> {
        self.read(pk, false).await
    }

    /// A strongly consistent read: sees every write that was acknowledged before.
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
            .map_err(|error| sdk_error(&error, "GetItem"))?;
        operation.read(units(output.consumed_capacity()));
        Ok(output.item.map(Item::from))
    }

    /// An update of one item, to be completed by its caller and run by [`Table::write_update`].
    pub fn update(&self, pk: &str) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.name)
            .key("pk", string(pk))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// A put of one item, to be completed by its caller and run by [`Table::write_put`].
    pub fn put(&self, item: Item) -> PutItemFluentBuilder {
        self.client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item.into_attributes()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    pub async fn write_update(&self, update: UpdateItemFluentBuilder) -> anyhow::Result<Write> {
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

    pub async fn write_put(&self, put: PutItemFluentBuilder) -> anyhow::Result<Write> {
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

    /// The item that decides: the one that came with the loss or, when every answer was lost, the one
    /// that a strong read finds now.
    pub async fn settle(&self, pk: &str, write: Write) -> anyhow::Result<Settled> {
        match write {
            Write::Applied(_) => Ok(Settled::Applied),
            Write::Lost(item) => Ok(Settled::Found(item)),
            Write::InDoubt(error) => {
                tracing::warn!("a write is in doubt: {error:#}");
                Ok(Settled::Found(self.get_strong(pk).await?))
            }
        }
    }

    /// Puts a fact that no caller can observe yet, under a fresh random key: a key that is taken was taken
    /// by our own earlier attempt.
    pub async fn put_fact(&self, pk: &str, item: Item) -> anyhow::Result<()> {
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

pub fn units(capacity: Option<&ConsumedCapacity>) -> f64 {
    capacity.and_then(ConsumedCapacity::capacity_units).unwrap_or_default()
}

/// A write whose condition was lost is decided; one that failed without an answer is in doubt; one that
/// was refused otherwise is a bug of ours.
pub fn not_applied<E: ProvideErrorMetadata>(
    error: &SdkError<E, HttpResponse>,
    action: &str,
    operation: &mut Operation,
    lost: fn(&E) -> Option<&ConditionalCheckFailedException>,
) -> anyhow::Result<Write> {
    if let Some(lost) = error.as_service_error().and_then(lost) {
        operation.wrote(LOST_CONDITION_UNITS);
        return Ok(Write::Lost(lost.item.clone().map(Item::from)));
    }
    let error = sdk_error(error, action);
    if is_unavailable(&error) { Ok(Write::InDoubt(error)) } else { Err(error) }
}

/// The error of a write whose fate can't be told: the caller may try again.
pub fn unresolved(action: &'static str) -> impl FnOnce(Unresolved) -> anyhow::Error {
    move |unresolved| anyhow::Error::new(unresolved).context(action).context(Unavailable)
}
