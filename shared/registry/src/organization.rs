//! Organizations: operators create them and change their settings, state and API keys.

use std::collections::BTreeSet;

use anyhow::{anyhow, ensure};
use domain::id::{Nonce, OrganizationId};
use domain::organization::Organization;
use domain::partner::Connection;
use domain::secret::Digest;
use runtime::aws::Aws;
use runtime::outage::Unavailable;
use runtime::resources::TableName;
use store::connection::connection_of;
use store::item::{Item, flag, is_disabled, is_erased, string, text_set};
use store::organization::{PREFIX, api_keys, mark, organization_key, read, settings};
use store::table::{Settled, Table};
use store::user_item::revision;

use crate::revision::{ATTEMPTS, update_at_revision};
use crate::scan::{Cursor, Filter, Page, scan};
use crate::tombstone::Deleted;

/// The mark of an organization that is being deleted.
pub(crate) const DELETING: &str = "deleting";

/// An organization, with the attributes that only operators see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    pub organization: Organization,
    /// While this is set, functions treat the organization as not found.
    pub disabled: bool,
    /// An operator began to delete the organization: nothing else changes it any more.
    pub deleting: bool,
    /// Digests of the API keys.
    pub api_keys: BTreeSet<Digest>,
    /// The connection to a partner. An update of the organization changes only its scopes.
    pub connection: Option<Connection>,
}

/// The organizations.
#[derive(Clone)]
pub struct Organizations {
    table: Table,
}

impl Organizations {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Organizations)? })
    }

    /// An organization, disabled or not. Strongly consistent.
    pub async fn find(&self, id: &OrganizationId) -> anyhow::Result<Option<Registered>> {
        match self.table.get_strong(&organization_key(id)).await? {
            Some(item) if !is_erased(&item)? => Registered::of(id, &item).map(Some),
            _ => Ok(None),
        }
    }

    /// What is left of a deleted organization; `None` if it wasn't deleted.
    pub async fn deleted(&self, id: &OrganizationId) -> anyhow::Result<Option<Deleted>> {
        let item = self.table.get_strong(&organization_key(id)).await?;
        item.as_ref().map_or(Ok(None), Deleted::of)
    }

    /// A page of all organizations.
    pub async fn page(&self, from: Option<Cursor>) -> anyhow::Result<Page<Registered>> {
        self.undeleted(from).await?.try_map(|item| {
            let id = item.text("pk")?.strip_prefix(PREFIX).unwrap_or_default();
            Registered::of(&OrganizationId::parse(id)?, item)
        })
    }

    /// A page of the ids of all organizations, also of those whose items can't be read otherwise.
    pub async fn ids(&self, from: Option<Cursor>) -> anyhow::Result<Page<OrganizationId>> {
        self.undeleted(from).await?.try_map(|item| {
            let id = item.text("pk")?.strip_prefix(PREFIX).unwrap_or_default();
            Ok(OrganizationId::parse(id)?)
        })
    }

    async fn undeleted(&self, from: Option<Cursor>) -> anyhow::Result<Page<Item>> {
        let mut page = scan(&self.table, PREFIX, Filter { from, ..Filter::default() }).await?;
        page.items.retain(|item| !is_erased(item).unwrap_or_default());
        Ok(page)
    }

    /// Creates an organization; `false` if the id exists.
    pub async fn create(&self, organization: &Organization) -> anyhow::Result<bool> {
        let (pk, nonce) = (organization_key(&organization.id), Nonce::random());
        // A deleted organization leaves its tombstone for ever, so no id comes back as a sandbox.
        let item = settings(organization)
            .with_all(mark(organization))
            .with("pk", string(pk.as_str()))
            .with("creation", string(nonce.as_str()))
            .with("revision", string(nonce.as_str()));
        let is_absent = "attribute_not_exists(pk)";
        let put = self.table.put(item).condition_expression(is_absent);
        let write = self.table.write_put(put).await?;
        match self.table.settle(&pk, write).await? {
            Settled::Applied => Ok(true),
            Settled::Found(Some(found)) => Ok(found.some_text("creation")? == Some(nonce.as_str())),
            Settled::Found(None) => Err(anyhow!("create an organization").context(Unavailable)),
        }
    }

    /// Creates an organization or, if it exists, updates its settings.
    pub async fn save(&self, organization: &Organization) -> anyhow::Result<()> {
        if !self.create(organization).await? {
            let change = |registered: &mut Registered| {
                registered.organization = organization.clone();
            };
            self.update(&organization.id, change).await?;
        }
        Ok(())
    }

    /// Updates an organization, and returns it; `None` if it was not found. `change` may run more than
    /// once.
    ///
    /// # Errors
    /// The update may or may not have been applied. Repeating it is safe.
    pub async fn update(
        &self,
        id: &OrganizationId,
        change: impl Fn(&mut Registered) + Send,
    ) -> anyhow::Result<Option<Registered>> {
        let pk = organization_key(id);
        for _ in 0..ATTEMPTS {
            let Some(found) = self.table.get_strong(&pk).await? else { return Ok(None) };
            if is_erased(&found)? {
                return Ok(None);
            }
            let before = Registered::of(id, &found)?;
            ensure!(
                !before.deleting,
                "organization {id} is being deleted: complete that with `postern organization delete {id}`"
            );
            let mut after = before.clone();
            change(&mut after);
            let is_same = after.organization.sandbox == before.organization.sandbox;
            ensure!(is_same, "an organization is a sandbox from its creation on, or never: {id}");
            if after == before {
                return Ok(Some(after));
            }
            let (items, nonce) = ((&before.item(), &after.item()), Nonce::random());
            let revision = revision(&found)?;
            if update_at_revision(&self.table, &pk, &revision, items, &nonce).await? {
                return Ok(Some(after));
            }
        }
        Err(anyhow!("update an organization").context(Unavailable))
    }
}

impl Registered {
    pub(crate) fn of(id: &OrganizationId, item: &Item) -> anyhow::Result<Self> {
        let (disabled, api_keys) = (is_disabled(item)?, api_keys(item)?);
        let connection = connection_of(id, item)?;
        let deleting = item.flag(DELETING)?;
        Ok(Self { organization: read(id, item)?, disabled, deleting, api_keys, connection })
    }

    fn item(&self) -> Item {
        let scopes = self.connection.iter().flat_map(|connection| connection.scopes.names());
        settings(&self.organization)
            .with_some("disabled", self.disabled.then_some(flag(true)))
            .with_some("apiKeys", text_set(self.api_keys.iter().map(Digest::as_str)))
            .with_some("partnerScopes", text_set(scopes))
    }
}
