//! Partners: operators create, change and delete them, and rotate their secrets.

use anyhow::anyhow;
use domain::credential::Credential;
use domain::id::{Nonce, PartnerId};
use domain::partner::Partner;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::outage::Unavailable;
use runtime::resources::TableName;
use store::item::{Item, is_disabled, is_erased, string};
use store::partner::{PREFIX, read, slots_of};
use store::table::{Settled, Table};

use crate::credential_slots::{Change, announce, promote};
use crate::scan::{Cursor, Filter, Page, scan};
use crate::switch::{change, set_disabled};
use crate::tombstone::{Deleted, delete};

/// A partner, with what only operators see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredPartner {
    pub partner: Partner,
    /// While this is set, functions treat the partner as not found.
    pub disabled: bool,
}

impl RegisteredPartner {
    fn of(id: &PartnerId, item: &Item) -> anyhow::Result<Self> {
        Ok(Self { partner: read(id, item)?, disabled: is_disabled(item)? })
    }
}

/// The partners.
#[derive(Clone)]
pub struct Partners {
    table: Table,
}

impl Partners {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Organizations)? })
    }

    /// A partner, disabled or not. Strongly consistent.
    pub async fn find(&self, id: &PartnerId) -> anyhow::Result<Option<RegisteredPartner>> {
        match self.table.get_strong(&slots_of(id).pk).await? {
            Some(item) if !is_erased(&item)? => RegisteredPartner::of(id, &item).map(Some),
            _ => Ok(None),
        }
    }

    /// A page of all partners.
    pub async fn page(&self, from: Option<Cursor>) -> anyhow::Result<Page<RegisteredPartner>> {
        let mut page = scan(&self.table, PREFIX, Filter { from, ..Filter::default() }).await?;
        page.items.retain(|item| !is_erased(item).unwrap_or_default());
        page.try_map(|item| {
            let id = item.text("pk")?.strip_prefix(PREFIX).unwrap_or_default();
            RegisteredPartner::of(&PartnerId::parse(id)?, item)
        })
    }

    /// Disables or enables a partner, and returns it; `None` if it was not found.
    ///
    /// # Errors
    /// The change may or may not have been made. Repeating it is safe.
    pub async fn set_disabled(
        &self,
        id: &PartnerId,
        disabled: bool,
    ) -> anyhow::Result<Option<RegisteredPartner>> {
        let changed = set_disabled(&self.table, &slots_of(id).pk, disabled).await?;
        changed.map(|item| RegisteredPartner::of(id, &item)).transpose()
    }

    /// Renames a partner, and returns it; `None` if it was not found.
    ///
    /// # Errors
    /// The change may or may not have been made. Repeating it is safe.
    pub async fn rename(
        &self,
        id: &PartnerId,
        name: &str,
    ) -> anyhow::Result<Option<RegisteredPartner>> {
        let rename = |item: Item| item.with("name", string(name));
        let changed = change(&self.table, &slots_of(id).pk, rename).await?;
        changed.map(|item| RegisteredPartner::of(id, &item)).transpose()
    }

    /// Deletes a partner, whom no organization may be connected to; `None` if it was not found. Its tombstone
    /// keeps the id from being used for longer than a token of the partner may live.
    ///
    /// # Errors
    /// It may or may not have been deleted. Repeating it is safe.
    pub async fn delete(&self, id: &PartnerId, now: Timestamp) -> anyhow::Result<Option<Deleted>> {
        delete(&self.table, &slots_of(id).pk, now).await
    }

    /// What is left of a deleted partner; `None` if it wasn't deleted.
    pub async fn deleted(&self, id: &PartnerId) -> anyhow::Result<Option<Deleted>> {
        let item = self.table.get_strong(&slots_of(id).pk).await?;
        item.as_ref().map_or(Ok(None), Deleted::of)
    }

    /// Creates a partner. If a partner with this id exists, returns a conflict, and doesn't change it.
    pub async fn create(&self, partner: &Partner) -> anyhow::Result<Change> {
        let slots = slots_of(&partner.id);
        let item = Item::new(slots.pk.clone())
            .with("name", string(&partner.name))
            .with("revision", string(Nonce::random().as_str()));
        let item = slots.fill(item, &partner.credentials);
        let is_new = "attribute_not_exists(pk)";
        let put = self.table.put(item).condition_expression(is_new);
        let write = self.table.write_put(put).await?;
        match self.table.settle(&slots.pk, write).await? {
            Settled::Applied => Ok(Change::Made),
            Settled::Found(Some(found)) if is_erased(&found)? => Ok(Change::Conflict),
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
