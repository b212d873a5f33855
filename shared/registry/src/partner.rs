//! Partners: operators create them and rotate their secrets.

use anyhow::anyhow;
use domain::credential::Credential;
use domain::partner::Partner;
use runtime::aws::Aws;
use runtime::outage::Unavailable;
use runtime::resources::TableName;
use store::item::{Item, string};
use store::partner::slots_of;
use store::table::{Settled, Table};

use crate::credential_slots::{Change, announce, promote};

/// The partners.
#[derive(Clone)]
pub struct Partners {
    table: Table,
}

impl Partners {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Organizations)? })
    }

    /// Creates a partner. If a partner with this id exists, returns a conflict, and doesn't change it.
    pub async fn create(&self, partner: &Partner) -> anyhow::Result<Change> {
        let slots = slots_of(&partner.id);
        let item = Item::new(slots.pk.clone()).with("name", string(&partner.name));
        let item = slots.fill(item, &partner.credentials);
        let is_new = "attribute_not_exists(pk)";
        let put = self.table.put(item).condition_expression(is_new);
        let write = self.table.write_put(put).await?;
        match self.table.settle(&slots.pk, write).await? {
            Settled::Applied => Ok(Change::Made),
            // No two credentials share a salt: an equal one is from our own earlier try.
            Settled::Found(Some(found)) if slots.read(&found)? == partner.credentials => {
                Ok(Change::Made)
            }
            Settled::Found(Some(_)) => Ok(Change::Conflict),
            Settled::Found(None) => Err(anyhow!("create a partner").context(Unavailable)),
        }
    }

    /// Adds a second secret, which is accepted beside the first. `partner` must be as it was read.
    pub async fn announce_secret(
        &self,
        partner: &Partner,
        new: &Credential,
    ) -> anyhow::Result<Change> {
        announce(&slots_of(&partner.id), &self.table, &partner.credentials, new).await
    }

    /// Makes the second secret the only one. `partner` must be as it was read.
    pub async fn promote_secret(&self, partner: &Partner) -> anyhow::Result<Change> {
        promote(&slots_of(&partner.id), &self.table, &partner.credentials).await
    }
}
