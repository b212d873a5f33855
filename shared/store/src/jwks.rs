//! `JWKS#partner`: the public keys of the surface's tokens, each an attribute under its own name, so that
//! publishing one never takes another away.

use anyhow::Context as _;
use domain::token::jwks::{PublicKey, PublishedKey, PublishedKeys};
use runtime::aws::Aws;
use runtime::resources::TableName;

use crate::item::Item;
use crate::table::Table;

/// The key of the one item.
pub const PK: &str = "JWKS#partner";

/// The published keys, in the table `organizations`.
#[derive(Clone)]
pub struct Jwks {
    table: Table,
}

impl Jwks {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Organizations)? })
    }

    /// Everything that is published; `None` before the first key is.
    pub async fn published(&self) -> anyhow::Result<Option<PublishedKeys>> {
        let Some(item) = self.table.get_strong(PK).await? else { return Ok(None) };
        item.maps().map(|(kid, map)| read(kid, &map)).collect::<anyhow::Result<_>>().map(Some)
    }
}

fn read(kid: &str, map: &Item) -> anyhow::Result<PublishedKey> {
    let key = PublicKey::new(map.text("n")?, map.text("e")?);
    (key.kid() == kid).then_some(()).context("a published key has another's name")?;
    Ok(PublishedKey { key, retires_at: map.some_instant("retiresAt")? })
}
