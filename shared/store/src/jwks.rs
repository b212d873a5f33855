//! `JWKS#partner`: the public keys that verify partners' tokens. Each key is an attribute of its own, so
//! that publishing one never removes another.

use anyhow::Context as _;
use domain::token::jwks::{PublicKey, PublishedKey, PublishedKeys};
use runtime::aws::Aws;
use runtime::resources::TableName;

use crate::item::Item;
use crate::table::Table;

/// The key of the item.
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

    /// All published keys; `None` before the first one is published.
    pub async fn published(&self) -> anyhow::Result<Option<PublishedKeys>> {
        let Some(item) = self.table.get_strong(PK).await? else { return Ok(None) };
        item.maps().map(|(kid, map)| read(kid, &map)).collect::<anyhow::Result<_>>().map(Some)
    }
}

fn read(kid: &str, map: &Item) -> anyhow::Result<PublishedKey> {
    let key = PublicKey::new(map.text("n")?, map.text("e")?);
    let is_thumbprint = key.kid() == kid;
    is_thumbprint.then_some(()).context("the id of a published key is not its thumbprint")?;
    Ok(PublishedKey { key, retires_at: map.some_instant("retiresAt")? })
}
