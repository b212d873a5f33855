//! `CLIENT#<client id>` in `organizations`.

use anyhow::anyhow;
use domain::credential::{Credential, Credentials};
use domain::id::ClientId;
use domain::sso::Client;

use super::Enrolment;
use crate::aws::Unavailable;
use crate::store::item::{Item, flag, string};
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
        let item = self.table.get(&client_key(id)).await?;
        item.as_ref().map(|item| read(id, item)).transpose()
    }

    /// Puts a new client. One of this id that is there already stays as it is.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
    pub async fn enrol(&self, client: &Client) -> anyhow::Result<Enrolment> {
        let pk = client_key(&client.id);
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

fn client_key(id: &ClientId) -> String {
    format!("CLIENT#{id}")
}

fn item(client: &Client) -> Item {
    let Credentials { current, next } = &client.credentials;
    Item::new(client_key(&client.id))
        .with("credential", string(current.text()))
        .with_some("nextCredential", next.as_ref().map(|next| string(next.text())))
        .with("readsUserInfo", flag(client.reads_user_info))
}

fn read(id: &ClientId, item: &Item) -> anyhow::Result<Client> {
    Ok(Client {
        id: id.clone(),
        credentials: Credentials {
            current: Credential::parse(item.text("credential")?)?,
            next: item.some_text("nextCredential")?.map(Credential::parse).transpose()?,
        },
        reads_user_info: item.flag("readsUserInfo")?,
    })
}
