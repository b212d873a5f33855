//! Partners, what organizations share with them, and the public keys of their tokens: all in the table
//! `organizations`.

mod connection;
mod published;
mod slots;

use domain::id::PartnerId;
use domain::partner::Partner;

use super::item::{Item, string};
use super::table::{Settled, Table};
use crate::aws::Unavailable;
pub(super) use connection::connection_of;
pub(super) use slots::Slots;

/// Partners and their connections.
#[derive(Clone)]
pub struct Partners {
    table: Table,
}

/// What became of an operator's change.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is as it was wanted.
    Made,
    /// What it was to change is no longer there, or something else is: look again first.
    Overtaken,
}

impl Partners {
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// Opens the connection to DynamoDB ahead of the first request.
    pub async fn prime(&self) {
        self.table.prime().await;
    }

    /// A partner by its id; may be a second behind.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the item is not a partner's.
    pub async fn find(&self, id: &PartnerId) -> anyhow::Result<Option<Partner>> {
        let slots = slots_of(id);
        let Some(item) = self.table.get(&slots.pk).await? else { return Ok(None) };
        let credentials = slots.read(&item)?;
        Ok(Some(Partner { id: id.clone(), name: item.text("name")?.to_owned(), credentials }))
    }

    /// Creates a partner; `Overtaken` when there is one with this id.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
    pub async fn create(&self, partner: &Partner) -> anyhow::Result<Change> {
        let slots = slots_of(&partner.id);
        let item = Item::new(slots.pk.clone()).with("name", string(&partner.name));
        let item = slots.fill(item, &partner.credentials);
        let is_new = "attribute_not_exists(pk)";
        let put = self.table.put(item).condition_expression(is_new);
        let write = self.table.write_put(put).await?;
        match self.table.settle(&slots.pk, write).await? {
            Settled::Applied => Ok(Change::Made),
            // No two secrets share a salt: whoever finds this one finds their own partner.
            Settled::Found(Some(found)) if slots.read(&found)? == partner.credentials => {
                Ok(Change::Made)
            }
            Settled::Found(Some(_)) => Ok(Change::Overtaken),
            Settled::Found(None) => Err(anyhow::anyhow!("create a partner").context(Unavailable)),
        }
    }

    /// Gives the partner a second secret, good beside the first; `partner` is as it was read.
    ///
    /// # Errors
    /// As [`Partners::create`].
    pub async fn announce_secret(
        &self,
        partner: &Partner,
        new: &domain::credential::Credential,
    ) -> anyhow::Result<Change> {
        slots_of(&partner.id).announce(&self.table, &partner.credentials, new).await
    }

    /// Makes the partner's second secret its only one; `partner` is as it was read.
    ///
    /// # Errors
    /// As [`Partners::create`].
    pub async fn promote_secret(&self, partner: &Partner) -> anyhow::Result<Change> {
        slots_of(&partner.id).promote(&self.table, &partner.credentials).await
    }
}

fn slots_of(id: &PartnerId) -> Slots {
    Slots { pk: format!("PARTNER#{id}"), current: "secret", next: "nextSecret" }
}
