//! Practice-management partners: `PARTNER#<id>` in the table `organizations`.

use domain::id::PartnerId;
use domain::partner::Partner;
use runtime::aws::Aws;
use runtime::resources::TableName;

use crate::credential_slots::Slots;
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

    /// A partner by its id. Eventually consistent.
    pub async fn find(&self, id: &PartnerId) -> anyhow::Result<Option<Partner>> {
        let slots = slots_of(id);
        let Some(item) = self.table.get(&slots.pk).await? else { return Ok(None) };
        let credentials = slots.read(&item)?;
        Ok(Some(Partner { id: id.clone(), name: item.text("name")?.to_owned(), credentials }))
    }
}

pub fn slots_of(id: &PartnerId) -> Slots {
    Slots { pk: format!("PARTNER#{id}"), current: "secret", next: "nextSecret" }
}
