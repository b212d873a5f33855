//! One table and one fresh key, on whichever DynamoDB.

use runtime::resources::TableName;
use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
};
use domain::id::Nonce;
use runtime::aws::Aws;
use runtime::config::Config;
use workbench::Workbench;

type Attributes = HashMap<String, AttributeValue>;

#[derive(Clone)]
pub(crate) struct Table {
    client: Client,
    name: String,
}

pub(crate) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(crate) fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(crate) fn set(elements: &[&str]) -> AttributeValue {
    AttributeValue::Ss(elements.iter().map(|&element| element.to_owned()).collect())
}

impl Table {
    pub(crate) async fn open() -> (Self, String) {
        let config = Config::from_environment();
        let table = if let Some(name) = config.optional("POSTERN_FACTS_TABLE") {
            let name = name.to_owned();
            Self { client: Aws::new(config).unwrap().dynamodb(), name }
        } else {
            let bench = Workbench::start().await.unwrap();
            let name =
                bench.aws.config().required(TableName::Sessions.variable()).unwrap().to_owned();
            Self { client: bench.aws.dynamodb(), name }
        };
        (table, format!("FACT#{}", Nonce::random().as_str()))
    }

    pub(crate) fn update(&self, key: &str) -> Update {
        Update(
            self.client
                .update_item()
                .table_name(&self.name)
                .key("pk", text(key))
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                ),
        )
    }

    pub(crate) fn put(&self, key: &str, name: &str, value: AttributeValue) -> Put {
        Put(self
            .client
            .put_item()
            .table_name(&self.name)
            .item("pk", text(key))
            .item(name, value)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld))
    }

    /// A strong read; no attributes when there is no item.
    pub(crate) async fn read(&self, key: &str) -> Attributes {
        let read = self.client.get_item().table_name(&self.name).key("pk", text(key));
        let mut item = read.consistent_read(true).send().await.unwrap().item.unwrap_or_default();
        // Sets have no order.
        for value in item.values_mut() {
            if let AttributeValue::Ss(elements) = value {
                elements.sort();
            }
        }
        item
    }

    pub(crate) async fn read_units(&self, key: &str, is_strong: bool) -> f64 {
        let read = self.client.get_item().table_name(&self.name).key("pk", text(key));
        let read = read.consistent_read(is_strong);
        let output = read.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
        output.unwrap().consumed_capacity.unwrap().capacity_units.unwrap()
    }
}

pub(crate) struct Update(UpdateItemFluentBuilder);

impl Update {
    pub(crate) fn update_expression(self, expression: &str) -> Self {
        Self(self.0.update_expression(expression))
    }

    pub(crate) fn value(self, name: &str, value: AttributeValue) -> Self {
        Self(self.0.expression_attribute_values(name, value))
    }

    pub(crate) fn condition(self, condition: &str) -> Self {
        Self(self.0.condition_expression(condition))
    }

    pub(crate) fn returning(self, values: ReturnValue) -> Self {
        Self(self.0.return_values(values))
    }

    pub(crate) async fn applied(self) {
        self.applied_with().await;
    }

    pub(crate) async fn applied_with(self) -> Attributes {
        self.0.send().await.unwrap().attributes.unwrap_or_default()
    }

    pub(crate) async fn succeeds(self) -> bool {
        self.0.send().await.is_ok()
    }

    /// The item that came with the loss.
    pub(crate) async fn lost(self) -> Option<Attributes> {
        match self.0.send().await.unwrap_err().into_service_error() {
            UpdateItemError::ConditionalCheckFailedException(lost) => lost.item,
            other => panic!("{other}"),
        }
    }
}

pub(crate) struct Put(PutItemFluentBuilder);

impl Put {
    pub(crate) fn condition(self, condition: &str) -> Self {
        Self(self.0.condition_expression(condition))
    }

    pub(crate) async fn applied(self) {
        self.0.send().await.unwrap();
    }

    pub(crate) async fn units(self) -> f64 {
        self.0.send().await.unwrap().consumed_capacity.unwrap().capacity_units.unwrap()
    }

    pub(crate) async fn lost(self) -> Option<Attributes> {
        match self.0.send().await.unwrap_err().into_service_error() {
            PutItemError::ConditionalCheckFailedException(lost) => lost.item,
            other => panic!("{other}"),
        }
    }
}
