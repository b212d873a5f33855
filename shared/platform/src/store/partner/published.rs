//! `JWKS#partner`: the public keys of the surface's tokens, each an attribute under its own name, so that
//! publishing one never takes another away.

use std::collections::HashMap;

use anyhow::Context as _;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::Timestamp;
use domain::token::jwks::{PublicKey, PublishedKey, PublishedKeys};

use super::super::item::{Item, instant, string};
use super::super::table::Write;
use super::Partners;

const PK: &str = "JWKS#partner";

impl Partners {
    /// Everything that is published; none before a first key was.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the item holds something else.
    pub async fn published_keys(&self) -> anyhow::Result<Option<PublishedKeys>> {
        let Some(item) = self.table.get_strong(PK).await? else { return Ok(None) };
        item.maps().map(|(kid, map)| read(kid, &map)).collect::<anyhow::Result<_>>().map(Some)
    }

    /// Publishes a key. One that is published stays as it is.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
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

    /// Lets a published key retire at an instant; the first instant counts.
    ///
    /// # Errors
    /// As [`Partners::publish`].
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

    /// Takes a key away whose time is over.
    ///
    /// # Errors
    /// As [`Partners::publish`].
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
        what: &'static str,
    ) -> anyhow::Result<()> {
        match self.table.write_update(update).await? {
            // Lost: it is as it was wanted already.
            Write::Applied(_) | Write::Lost(_) => Ok(()),
            Write::InDoubt(error) => Err(error.context(what)),
        }
    }
}

fn read(kid: &str, map: &Item) -> anyhow::Result<PublishedKey> {
    let key = PublicKey::new(map.text("n")?, map.text("e")?);
    (key.kid() == kid).then_some(()).context("a published key has another's name")?;
    Ok(PublishedKey { key, retires_at: map.some_instant("retiresAt")? })
}
