//! Practice-management partners: `PARTNER#<id>` in the table `organizations`.

use domain::id::PartnerId;
use domain::partner::Partner;
use runtime::aws::Aws;
use runtime::resources::TableName;

use crate::credential_slots::Slots;
use crate::item::{Item, is_disabled};
use crate::table::Table;

/// The partners.
#[derive(Clone)]
pub struct Partners {
    table: Table,
}

impl Partners {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        let table = Table::new(aws, TableName::Organizations)?;
        table.connect_ahead(aws);
        Ok(Self { table })
    }

    /// A partner by its id; `None` also if it is disabled. Eventually consistent.
    pub async fn find(&self, id: &PartnerId) -> anyhow::Result<Option<Partner>> {
        match self.table.get(&slots_of(id).pk).await? {
            Some(item) if !is_disabled(&item)? => read(id, &item).map(Some),
            _ => Ok(None),
        }
    }
}

/// What the keys of these items begin with.
pub const PREFIX: &str = "PARTNER#";

pub fn slots_of(id: &PartnerId) -> Slots {
    Slots { pk: format!("{PREFIX}{id}"), current: "secret", next: "nextSecret" }
}

pub fn read(id: &PartnerId, item: &Item) -> anyhow::Result<Partner> {
    let (name, credentials) = (item.text("name")?.to_owned(), slots_of(id).read(item)?);
    Ok(Partner { id: id.clone(), name, credentials })
}
