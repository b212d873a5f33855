//! Deletion of an organization, and of everything that is stored of it.
//!
//! 1. It is disabled for good: marked as being deleted, so that no command changes it any more.
//! 2. Its API keys are deleted and its connection is ended. Then each user's item becomes a tombstone, and each
//!    pointer of an identifier is deleted, page by page, until a whole pass finds nothing.
//! 3. One write commits: a tombstone replaces the organization's item, for ever, so that its id never comes back.
//!
//! A deletion that was cut off is continued by the next one. Sessions, codes and counters expire: nothing can be
//! done with them, because the organization is unknown.

use anyhow::{Context as _, anyhow};
use domain::id::{Nonce, OrganizationId, UserId};
use domain::identifier::Identity;
use domain::time::Timestamp;
use futures_util::stream::{self, StreamExt as _};
use runtime::aws::Aws;
use runtime::outage::Unavailable;
use runtime::resources::TableName;
use store::item::{DISABLED, Item, flag, is_erased};
use store::organization::{API_KEYS, organization_key};
use store::table::{Table, Write};
use store::user_item::{Owned, Pointer, identity_keys, revision, user_key, user_keys};

use crate::connection::Connections;
use crate::organization::{DELETING, Registered};
use crate::revision::{ATTEMPTS, replace_at_revision, update_at_revision};
use crate::scan::{Cursor, Filter, scan};
use crate::tombstone::tombstone;
use crate::user_deletion::{delete_pointer, user_tombstone};

/// How many items of a page are deleted at once.
const CONCURRENCY: usize = 32;

/// Deletes organizations.
pub struct OrganizationDeletion {
    connections: Connections,
    table: Table,
    users: Table,
}

/// How a deletion begins.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    NotFound,
    /// The organization is disabled, and nothing can change it any more.
    Begun,
    /// It was deleted before. What else is stored of it was put there since.
    Before,
}

/// How much a step has deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub users: usize,
    pub pointers: usize,
}

impl OrganizationDeletion {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self {
            connections: Connections::new(aws)?,
            table: Table::new(aws, TableName::Organizations)?,
            users: Table::new(aws, TableName::Users)?,
        })
    }

    /// Disables the organization for good, deletes its API keys, and ends its connection. Instances that have it
    /// cached know it for up to a minute.
    ///
    /// # Errors
    /// Some of it may have been done. Repeating it is safe.
    pub async fn begin(&self, id: &OrganizationId) -> anyhow::Result<Begun> {
        let pk = organization_key(id);
        for _ in 0..ATTEMPTS {
            let Some(found) = self.table.get_strong(&pk).await? else { return Ok(Begun::NotFound) };
            if is_erased(&found)? {
                return Ok(Begun::Before);
            }
            let registered = Registered::of(id, &found)?;
            if !registered.deleting {
                let on = Item::default().with(DISABLED, flag(true)).with(DELETING, flag(true));
                let before =
                    Item::default().with_some(DISABLED, registered.disabled.then_some(flag(true)));
                let (change, nonce) = ((&before, &on), Nonce::random());
                update_at_revision(&self.table, &pk, &revision(&found)?, change, &nonce).await?;
                continue;
            }
            self.delete_keys(id).await?;
            let Some(connection) = &registered.connection else { return Ok(Begun::Begun) };
            let _ = self.connections.disconnect(id, connection).await?;
        }
        Err(anyhow!("begin to delete an organization").context(Unavailable))
    }

    /// Deletes all pointers of API keys that lead to the organization, also those that it doesn't list any more.
    async fn delete_keys(&self, id: &OrganizationId) -> anyhow::Result<()> {
        let (equal, mut from) = ([("organizationId", id.as_str())], None);
        loop {
            let filter = Filter { equal: &equal, from, ..Filter::default() };
            let page = scan(&self.table, API_KEYS, filter).await?;
            for item in &page.items {
                self.delete_key(id, item.text("pk")?).await?;
            }
            from = page.next;
            if from.is_none() {
                return Ok(());
            }
        }
    }

    async fn delete_key(&self, id: &OrganizationId, pk: &str) -> anyhow::Result<()> {
        match self.table.delete_for_good(pk, ("organizationId", id.as_str())).await? {
            Write::Applied(_) | Write::Lost(_) => Ok(()),
            Write::InDoubt(error) => match self.table.get_strong(pk).await? {
                Some(_) => Err(error),
                None => Ok(()),
            },
        }
    }

    /// Deletes the users and pointers of a page, and returns where the next page starts.
    ///
    /// # Errors
    /// Some of it may have been done. Repeating it is safe.
    pub async fn sweep(
        &self,
        id: &OrganizationId,
        from: Option<Cursor>,
        now: Timestamp,
    ) -> anyhow::Result<(Swept, Option<Cursor>)> {
        let (users, pointers) = (user_keys(id), identity_keys(id));
        let filter = Filter { from, or_prefix: Some(&pointers), ..Filter::default() };
        let page = scan(&self.users, &users, filter).await?;
        let mut swept = Swept::default();
        let mut items = stream::iter(&page.items)
            .map(|item| self.delete_item(id, item, (&users, &pointers), now))
            .buffer_unordered(CONCURRENCY);
        while let Some(done) = items.next().await {
            let Swept { users, pointers } = done?;
            swept.users += users;
            swept.pointers += pointers;
        }
        Ok((swept, page.next))
    }

    async fn delete_item(
        &self,
        organization: &OrganizationId,
        item: &Item,
        (users, pointers): (&str, &str),
        now: Timestamp,
    ) -> anyhow::Result<Swept> {
        let pk = item.text("pk")?;
        if let Some(id) = pk.strip_prefix(users) {
            let users = self.delete_user(organization, id, item, now).await?;
            return Ok(Swept { users, pointers: 0 });
        }
        let identity = pk.strip_prefix(pointers).context("the item is neither user nor pointer")?;
        let reservation = Pointer::of(item)?.reservation;
        let identity = Identity::stored(identity);
        delete_pointer(&self.users, organization, &identity, reservation.as_str()).await?;
        Ok(Swept { users: 0, pointers: 1 })
    }

    /// The organization is unknown, and never comes back: the user needs no sign-out, and the pointers are
    /// deleted as the scan finds them.
    async fn delete_user(
        &self,
        organization: &OrganizationId,
        id: &str,
        item: &Item,
        now: Timestamp,
    ) -> anyhow::Result<usize> {
        let pk = user_key(organization, &UserId::parse(id)?);
        let mut found = item.clone();
        for _ in 0..ATTEMPTS {
            // A tombstone, or an id that is closed.
            if found.flag("closed")? && found.text_map("identities")?.is_empty() {
                return Ok(0);
            }
            let tombstone = user_tombstone(&pk, &Owned::new(), None, now);
            if replace_at_revision(&self.users, &revision(&found)?, tombstone, &Nonce::random())
                .await?
            {
                return Ok(1);
            }
            let Some(current) = self.users.get_strong(&pk).await? else { return Ok(0) };
            found = current;
        }
        Err(anyhow!("delete a user").context(Unavailable))
    }

    /// Replaces the organization by its tombstone; `false` if its deletion has to begin again.
    ///
    /// # Errors
    /// It may or may not have been done. Repeating it is safe.
    pub async fn finish(&self, id: &OrganizationId, now: Timestamp) -> anyhow::Result<bool> {
        let pk = organization_key(id);
        let Some(found) = self.table.get_strong(&pk).await? else { return Ok(false) };
        if is_erased(&found)? {
            return Ok(true);
        }
        let registered = Registered::of(id, &found)?;
        if !registered.deleting || registered.connection.is_some() {
            return Ok(false);
        }
        // To functions, a disabled organization doesn't exist.
        let tombstone = tombstone(&pk, now, None).with(DISABLED, flag(true));
        replace_at_revision(&self.table, &revision(&found)?, tombstone, &Nonce::random()).await
    }
}
