//! `CLIENT#<client id>` in `organizations`.

use anyhow::anyhow;
use domain::credential::Credential;
use domain::id::ClientId;
use domain::sso::Client;

use super::Enrolment;
use crate::aws::Unavailable;
use crate::store::item::{Item, flag};
use crate::store::partner::{Change, Slots};
use crate::store::table::{Settled, Table};

/// The clients.
#[derive(Clone)]
pub struct SsoClients {
    table: Table,
}

impl SsoClients {
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// Opens the connection to DynamoDB ahead of the first request.
    pub async fn prime(&self) {
        self.table.prime().await;
    }

    /// The client of this id; may be a second behind.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the item is not a client's.
    pub async fn find(&self, id: &ClientId) -> anyhow::Result<Option<Client>> {
        let item = self.table.get(&slots_of(id).pk).await?;
        item.as_ref().map(|item| read(id, item)).transpose()
    }

    /// Gives the client a second token, good beside the first; `client` is as it was read.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
    pub async fn announce_token(
        &self,
        client: &Client,
        new: &Credential,
    ) -> anyhow::Result<Change> {
        slots_of(&client.id).announce(&self.table, &client.credentials, new).await
    }

    /// Makes the client's second token its only one; `client` is as it was read.
    ///
    /// # Errors
    /// As [`SsoClients::announce_token`].
    pub async fn promote_token(&self, client: &Client) -> anyhow::Result<Change> {
        slots_of(&client.id).promote(&self.table, &client.credentials).await
    }

    /// Puts a new client. One of this id that is there already stays as it is.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
    pub async fn enrol(&self, client: &Client) -> anyhow::Result<Enrolment> {
        let pk = slots_of(&client.id).pk;
        let put = self.table.put(item(client)).condition_expression("attribute_not_exists(pk)");
        let write = self.table.write_put(put).await?;
        match self.table.settle(&pk, write).await? {
            Settled::Applied => Ok(Enrolment::Enrolled),
            Settled::Found(Some(found)) => {
                // No two credentials share a salt: the same one is of our own lost attempt.
                let is_ours = read(&client.id, &found)?.credentials == client.credentials;
                Ok(if is_ours { Enrolment::Enrolled } else { Enrolment::AlreadyThere })
            }
            Settled::Found(None) => Err(anyhow!("enrol a client").context(Unavailable)),
        }
    }
}

fn slots_of(id: &ClientId) -> Slots {
    Slots { pk: format!("CLIENT#{id}"), current: "credential", next: "nextCredential" }
}

fn item(client: &Client) -> Item {
    let slots = slots_of(&client.id);
    let item = Item::new(slots.pk.clone()).with("readsUserInfo", flag(client.reads_user_info));
    slots.fill(item, &client.credentials)
}

fn read(id: &ClientId, item: &Item) -> anyhow::Result<Client> {
    Ok(Client {
        id: id.clone(),
        credentials: slots_of(id).read(item)?,
        reads_user_info: item.flag("readsUserInfo")?,
    })
}
