//! Clients of the identity provider: operators create and disable them, and rotate their tokens.

use anyhow::anyhow;
use domain::credential::Credential;
use domain::id::{ClientId, Nonce};
use domain::sso::Client;
use runtime::aws::Aws;
use runtime::outage::Unavailable;
use runtime::resources::TableName;
use store::item::{is_disabled, string};
use store::sso_client::{PREFIX, item, read, slots_of};
use store::table::{Settled, Table};

use crate::credential_slots::{Change, announce, promote};
use crate::scan::{Cursor, Filter, Page, scan};
use crate::switch::set_disabled;

/// A client, with what only operators see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredClient {
    pub client: Client,
    /// While this is set, functions treat the client as not found.
    pub disabled: bool,
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
        let Some(item) = self.table.get_strong(&slots_of(id).pk).await? else { return Ok(None) };
        let (client, disabled) = (read(id, &item)?, is_disabled(&item)?);
        Ok(Some(RegisteredClient { client, disabled }))
    }

    /// A page of all clients.
    pub async fn page(&self, from: Option<Cursor>) -> anyhow::Result<Page<RegisteredClient>> {
        let page = scan(&self.table, PREFIX, Filter { from, ..Filter::default() }).await?;
        page.try_map(|item| {
            let id = item.text("pk")?.strip_prefix(PREFIX).unwrap_or_default();
            let id = ClientId::parse(id)?;
            Ok(RegisteredClient { client: read(&id, item)?, disabled: is_disabled(item)? })
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
        let before = set_disabled(&self.table, &slots_of(id).pk, disabled).await?;
        let client = before.map(|item| read(id, &item)).transpose()?;
        Ok(client.map(|client| RegisteredClient { client, disabled }))
    }

    /// Creates a client. If a client with this id exists, returns a conflict, and doesn't change it.
    pub async fn create(&self, client: &Client) -> anyhow::Result<Change> {
        let pk = slots_of(&client.id).pk;
        let is_new = "attribute_not_exists(pk)";
        let item = item(client).with("revision", string(Nonce::random().as_str()));
        let put = self.table.put(item).condition_expression(is_new);
        let write = self.table.write_put(put).await?;
        match self.table.settle(&pk, write).await? {
            Settled::Applied => Ok(Change::Made),
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
