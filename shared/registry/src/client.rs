//! Clients of the identity provider: operators create, change and delete them, and rotate their tokens.

use anyhow::anyhow;
use domain::credential::Credential;
use domain::id::{ClientId, Nonce};
use domain::sso::{Client, UserInfoForm};
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::outage::Unavailable;
use runtime::resources::TableName;
use store::item::{Item, is_disabled, is_erased, string};
use store::sso_client::{PREFIX, item, read, slots_of, with_rights};
use store::table::{Settled, Table};
use store::user_item::revision;

use crate::credential_slots::{Change, announce, promote};
use crate::revision::replace_at_revision;
use crate::scan::{Cursor, Filter, Page, scan};
use crate::switch::{change, set_disabled};
use crate::tombstone::{Deleted, delete};

/// A client, with what only operators see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredClient {
    pub client: Client,
    /// While this is set, functions treat the client as not found.
    pub disabled: bool,
}

impl RegisteredClient {
    fn of(id: &ClientId, item: &Item) -> anyhow::Result<Self> {
        Ok(Self { client: read(id, item)?, disabled: is_disabled(item)? })
    }
}

/// The clients.
#[derive(Clone)]
pub struct Clients {
    table: Table,
}

impl Clients {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Organizations)? })
    }

    /// A client, disabled or not. Strongly consistent.
    pub async fn find(&self, id: &ClientId) -> anyhow::Result<Option<RegisteredClient>> {
        match self.table.get_strong(&slots_of(id).pk).await? {
            Some(item) if !is_erased(&item)? => RegisteredClient::of(id, &item).map(Some),
            _ => Ok(None),
        }
    }

    /// A page of all clients.
    pub async fn page(&self, from: Option<Cursor>) -> anyhow::Result<Page<RegisteredClient>> {
        let mut page = scan(&self.table, PREFIX, Filter { from, ..Filter::default() }).await?;
        page.items.retain(|item| !is_erased(item).unwrap_or_default());
        page.try_map(|item| {
            let id = item.text("pk")?.strip_prefix(PREFIX).unwrap_or_default();
            RegisteredClient::of(&ClientId::parse(id)?, item)
        })
    }

    /// Disables or enables a client, and returns it; `None` if it was not found. Instances that have
    /// the client cached learn of it within a minute.
    ///
    /// # Errors
    /// The change may or may not have been made. Repeating it is safe.
    pub async fn set_disabled(
        &self,
        id: &ClientId,
        disabled: bool,
    ) -> anyhow::Result<Option<RegisteredClient>> {
        let changed = set_disabled(&self.table, &slots_of(id).pk, disabled).await?;
        changed.map(|item| RegisteredClient::of(id, &item)).transpose()
    }

    /// Changes what a client may read, and in which form, and returns it; `None` if it was not found.
    /// Instances that have the client cached learn of it within a minute.
    ///
    /// # Errors
    /// The change may or may not have been made. Repeating it is safe.
    pub async fn update(
        &self,
        id: &ClientId,
        reads_user_info: Option<bool>,
        form: Option<UserInfoForm>,
    ) -> anyhow::Result<Option<RegisteredClient>> {
        let update = |item| with_rights(item, reads_user_info, form);
        let changed = change(&self.table, &slots_of(id).pk, update).await?;
        changed.map(|item| RegisteredClient::of(id, &item)).transpose()
    }

    /// Deletes a client; `None` if it was not found. Instances that have it cached accept it for up to a
    /// minute. Its id is free again at once.
    ///
    /// # Errors
    /// It may or may not have been deleted. Repeating it is safe.
    pub async fn delete(&self, id: &ClientId, now: Timestamp) -> anyhow::Result<Option<Deleted>> {
        delete(&self.table, &slots_of(id).pk, now).await
    }

    /// Creates a client. If a client with this id exists, returns a conflict, and doesn't change it.
    pub async fn create(&self, client: &Client) -> anyhow::Result<Change> {
        let pk = slots_of(&client.id).pk;
        let is_new = "attribute_not_exists(pk)";
        let nonce = Nonce::random();
        let item = item(client).with("revision", string(nonce.as_str()));
        let put = self.table.put(item.clone()).condition_expression(is_new);
        let write = self.table.write_put(put).await?;
        match self.table.settle(&pk, write).await? {
            Settled::Applied => Ok(Change::Made),
            Settled::Found(Some(found)) if is_erased(&found)? => {
                let read = revision(&found)?;
                let is_made = replace_at_revision(&self.table, &read, item, &nonce).await?;
                Ok(if is_made { Change::Made } else { Change::Conflict })
            }
            Settled::Found(Some(found)) => {
                // No two credentials share a salt: an equal one is from our own earlier try.
                let is_ours = read(&client.id, &found)?.credentials == client.credentials;
                Ok(if is_ours { Change::Made } else { Change::Conflict })
            }
            Settled::Found(None) => Err(anyhow!("create a client").context(Unavailable)),
        }
    }

    /// Adds a second token, which is accepted beside the first. `client` must be as it was read.
    pub async fn announce_token(
        &self,
        client: &Client,
        new: &Credential,
    ) -> anyhow::Result<Change> {
        announce(&slots_of(&client.id), &self.table, &client.credentials, new).await
    }

    /// Makes the second token the only one. `client` must be as it was read.
    pub async fn promote_token(&self, client: &Client) -> anyhow::Result<Change> {
        promote(&slots_of(&client.id), &self.table, &client.credentials).await
    }
}
