//! Organizations as operators keep them: settings, whether they are disabled, API keys.

use std::collections::BTreeSet;

use anyhow::anyhow;
use domain::id::{Nonce, OrganizationId};
use domain::organization::Organization;
use domain::partner::Connection;
use domain::secret::Digest;
use domain::time::Timestamp;

use super::amend::{ATTEMPTS, revision};
use super::item::{Item, flag, instant, string, text_set};
use super::organization::{
    Organizations, api_key_key, api_keys, is_disabled, organization_key, organization_keys, read,
    settings,
};
use super::partner::connection_of;
use super::table::{Cursor, Filter, Settled, Write};
use crate::aws::Unavailable;

/// API keys that an organization may have at once: the one in use, and the one that replaces it.
pub const MAX_API_KEYS: usize = 2;

/// An organization with what only operators see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// What every request of it sees.
    pub organization: Organization,
    /// Refused everywhere while set, like one that doesn't exist.
    pub disabled: bool,
    /// Digests of the keys that lead to it.
    pub api_keys: BTreeSet<Digest>,
    /// What it shares with a partner. Of this, only the scopes are changed here.
    pub connection: Option<Connection>,
}

/// Some of the organizations.
pub struct OrganizationPage {
    /// In no order.
    pub organizations: Vec<Registered>,
    /// Where the next page starts, if there is one.
    pub next: Option<Cursor>,
}

/// What became of a new API key.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKeyAddition {
    /// It leads to the organization; also when it did before.
    Added,
    /// The organization has [`MAX_API_KEYS`] others.
    TooMany,
    /// There is no such organization.
    NoOrganization,
}

impl Organizations {
    /// An organization as of now, disabled or not.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the item is not an organization's.
    pub async fn registered(&self, id: &OrganizationId) -> anyhow::Result<Option<Registered>> {
        let item = self.table.get_strong(&organization_key(id)).await?;
        item.as_ref().map(|item| Registered::of(id, item)).transpose()
    }

    /// A page of all organizations. Reads the whole table in the course of time: for operators.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or an item is not an organization's.
    pub async fn page(&self, from: Option<Cursor>) -> anyhow::Result<OrganizationPage> {
        let prefix = organization_keys();
        let page = self.table.scan(prefix, Filter { from, ..Filter::default() }).await?;
        let registered = |item: &Item| {
            let id = item.text("pk")?.strip_prefix(prefix).unwrap_or_default();
            Registered::of(&OrganizationId::parse(id)?, item)
        };
        let organizations: anyhow::Result<_> = page.items.iter().map(registered).collect();
        Ok(OrganizationPage { organizations: organizations?, next: page.next })
    }

    /// Writes a new organization. Whether it did: an id belongs to one.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
    pub async fn create(&self, organization: &Organization) -> anyhow::Result<bool> {
        let (pk, nonce) = (organization_key(&organization.id), Nonce::random());
        let item = settings(organization)
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

    /// Writes an organization's settings, new or as they are now, and leaves alone what else its item
    /// holds.
    ///
    /// # Errors
    /// As [`Organizations::revise`].
    pub async fn save(&self, organization: &Organization) -> anyhow::Result<()> {
        if !self.create(organization).await? {
            let change = |registered: &mut Registered| {
                registered.organization = organization.clone();
            };
            self.revise(&organization.id, change).await?;
        }
        Ok(())
    }

    /// Changes an organization, which it returns, if there is one. `change` may run more than once.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told. Doing it again is safe.
    pub async fn revise(
        &self,
        id: &OrganizationId,
        change: impl Fn(&mut Registered) + Send,
    ) -> anyhow::Result<Option<Registered>> {
        let pk = organization_key(id);
        for _ in 0..ATTEMPTS {
            let Some(found) = self.table.get_strong(&pk).await? else { return Ok(None) };
            let before = Registered::of(id, &found)?;
            let mut after = before.clone();
            change(&mut after);
            if after == before {
                return Ok(Some(after));
            }
            let (items, nonce) = ((&before.item(), &after.item()), Nonce::random());
            if self.table.amend(&pk, &revision(&found)?, items, &nonce).await? {
                return Ok(Some(after));
            }
        }
        Err(anyhow!("change an organization").context(Unavailable))
    }

    /// Lets an API key lead to an organization. The key itself is not stored. The pointer comes first;
    /// the organization's item, which lists its keys, makes it count.
    ///
    /// # Errors
    /// As [`Organizations::revise`].
    pub async fn add_api_key(
        &self,
        id: &OrganizationId,
        key: &Digest,
        now: Timestamp,
    ) -> anyhow::Result<ApiKeyAddition> {
        let pk = api_key_key(key);
        let pointer = Item::new(pk.clone())
            .with("organizationId", string(id.as_str()))
            .with("createdAt", instant(now));
        self.table.put_fact(&pk, pointer).await?;
        let has_room = |registered: &Registered| {
            registered.api_keys.contains(key) || registered.api_keys.len() < MAX_API_KEYS
        };
        let add = |registered: &mut Registered| {
            if has_room(registered) {
                registered.api_keys.insert(key.clone());
            }
        };
        let outcome = match self.revise(id, add).await? {
            None => ApiKeyAddition::NoOrganization,
            Some(registered) if registered.api_keys.contains(key) => ApiKeyAddition::Added,
            Some(_) => ApiKeyAddition::TooMany,
        };
        if outcome != ApiKeyAddition::Added {
            self.remove_pointer(id, key).await;
        }
        Ok(outcome)
    }

    /// Lets an API key lead nowhere any more; instances that know it take it for up to a minute.
    ///
    /// # Errors
    /// As [`Organizations::revise`].
    pub async fn retire_api_key(&self, id: &OrganizationId, key: &Digest) -> anyhow::Result<()> {
        let retire = |registered: &mut Registered| {
            registered.api_keys.remove(key);
        };
        self.revise(id, retire).await?;
        self.remove_pointer(id, key).await;
        Ok(())
    }

    /// When a key came to be, if its pointer tells.
    ///
    /// # Errors
    /// DynamoDB is unavailable.
    pub async fn api_key_created_at(&self, key: &Digest) -> anyhow::Result<Option<Timestamp>> {
        let pointer = self.table.get_strong(&api_key_key(key)).await?;
        pointer.map_or(Ok(None), |pointer| pointer.some_instant("createdAt"))
    }

    /// A pointer that no organization lists leads nowhere: it may as well stay.
    async fn remove_pointer(&self, id: &OrganizationId, key: &Digest) {
        let is_ours = "organizationId = :organization";
        let delete = self
            .table
            .delete(&api_key_key(key))
            .condition_expression(is_ours)
            .expression_attribute_values(":organization", string(id.as_str()));
        match self.table.write_delete(delete).await {
            Ok(Write::Applied(_) | Write::Lost(_)) => {}
            Ok(Write::InDoubt(error)) | Err(error) => {
                tracing::warn!("remove the pointer of an API key: {error:#}");
            }
        }
    }
}

impl Registered {
    fn of(id: &OrganizationId, item: &Item) -> anyhow::Result<Self> {
        let (disabled, api_keys) = (is_disabled(item)?, api_keys(item)?);
        let connection = connection_of(id, item)?;
        Ok(Self { organization: read(id, item)?, disabled, api_keys, connection })
    }

    fn item(&self) -> Item {
        let scopes = self.connection.iter().flat_map(|connection| connection.scopes.names());
        settings(&self.organization)
            .with_some("disabled", self.disabled.then_some(flag(true)))
            .with_some("apiKeys", text_set(self.api_keys.iter().map(Digest::as_str)))
            .with_some("partnerScopes", text_set(scopes))
    }
}
