//! The public keys of partners' tokens: a rotation publishes and withdraws them.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::Timestamp;
use domain::token::jwks::PublicKey;
use runtime::aws::Aws;
use runtime::resources::TableName;
use store::item::{instant, string};
use store::jwks::PK;
use store::table::{Table, Write};

/// The published keys.
#[derive(Clone)]
pub struct Jwks {
    table: Table,
}

impl Jwks {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Organizations)? })
    }

    /// Publishes a key, unless it is published.
    pub async fn publish(&self, key: &PublicKey) -> anyhow::Result<()> {
        let is_new = "attribute_not_exists(#kid)";
        let map =
            HashMap::from([("n".to_owned(), string(key.n())), ("e".to_owned(), string(key.e()))]);
        let update = self
            .of_key(key.kid())
            .update_expression("SET #kid = :key")
            .condition_expression(is_new)
            .expression_attribute_values(":key", AttributeValue::M(map));
        self.made(update, "publish a key").await
    }

    /// Sets when a published key retires. A stored instant is not changed.
    pub async fn retire(&self, kid: &str, at: Timestamp) -> anyhow::Result<()> {
        let is_published = "attribute_exists(#kid)";
        let is_active = "attribute_not_exists(#kid.retiresAt)";
        let update = self
            .of_key(kid)
            .update_expression("SET #kid.retiresAt = :at")
            .condition_expression(format!("{is_published} AND {is_active}"))
            .expression_attribute_values(":at", instant(at));
        self.made(update, "retire a key").await
    }

    /// Retires a key that leaked, however long it was to verify. It stays in the item: if it were
    /// removed, a late copy of its publication would bring it back.
    pub async fn drop(&self, kid: &str, now: Timestamp) -> anyhow::Result<()> {
        let is_published = "attribute_exists(#kid)";
        let verifies = "(attribute_not_exists(#kid.retiresAt) OR #kid.retiresAt > :now)";
        let update = self
            .of_key(kid)
            .update_expression("SET #kid.retiresAt = :now")
            .condition_expression(format!("{is_published} AND {verifies}"))
            .expression_attribute_values(":now", instant(now));
        self.made(update, "drop a published key").await
    }

    /// Removes a retired key.
    pub async fn withdraw(&self, kid: &str) -> anyhow::Result<()> {
        let is_retiring = "attribute_exists(#kid.retiresAt)";
        let update =
            self.of_key(kid).update_expression("REMOVE #kid").condition_expression(is_retiring);
        self.made(update, "withdraw a key").await
    }

    fn of_key(&self, kid: &str) -> UpdateItemFluentBuilder {
        self.table.update(PK).expression_attribute_names("#kid", kid)
    }

    async fn made(
        &self,
        update: UpdateItemFluentBuilder,
        action: &'static str,
    ) -> anyhow::Result<()> {
        match self.table.write_update(update).await? {
            // Lost: the change was made before.
            Write::Applied(_) | Write::Lost(_) => Ok(()),
            Write::InDoubt(error) => Err(error.context(action)),
        }
    }
}
