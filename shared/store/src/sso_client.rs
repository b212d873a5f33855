//! Clients of the identity provider: `CLIENT#<client id>` in the table `organizations`.

use domain::id::ClientId;
use domain::sso::{Client, UserInfoForm};
use runtime::aws::Aws;
use runtime::resources::TableName;

use crate::credential_slots::Slots;
use crate::item::{Item, flag, is_disabled, string};
use crate::table::Table;

/// The clients.
#[derive(Clone)]
pub struct SsoClients {
    table: Table,
}

impl SsoClients {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        let table = Table::new(aws, TableName::Organizations)?;
        table.connect_ahead(aws);
        Ok(Self { table })
    }

    /// A client by its id; `None` also if it is disabled. Eventually consistent.
    pub async fn find(&self, id: &ClientId) -> anyhow::Result<Option<Client>> {
        match self.table.get(&slots_of(id).pk).await? {
            Some(item) if !is_disabled(&item)? => read(id, &item).map(Some),
            _ => Ok(None),
        }
    }
}

/// What the keys of these items begin with.
pub const PREFIX: &str = "CLIENT#";

pub fn slots_of(id: &ClientId) -> Slots {
    Slots { pk: format!("{PREFIX}{id}"), current: "credential", next: "nextCredential" }
}

pub fn item(client: &Client) -> Item {
    let slots = slots_of(&client.id);
    let item = Item::new(slots.pk.clone());
    let item = with_rights(item, Some(client.reads_user_info), Some(client.user_info));
    slots.fill(item, &client.credentials)
}

/// The item of a client, with what the client may read, and in which form. `None` leaves it as it is.
pub fn with_rights(item: Item, reads_user_info: Option<bool>, form: Option<UserInfoForm>) -> Item {
    let item = item.with_some("readsUserInfo", reads_user_info.map(flag));
    match form {
        Some(form) if form == UserInfoForm::default() => item.without("userInfo"),
        Some(form) => item.with("userInfo", string(form.as_str())),
        None => item,
    }
}

pub fn read(id: &ClientId, item: &Item) -> anyhow::Result<Client> {
    let form = item.some_text("userInfo")?.map(UserInfoForm::parse).transpose()?;
    Ok(Client {
        id: id.clone(),
        credentials: slots_of(id).read(item)?,
        reads_user_info: item.flag("readsUserInfo")?,
        user_info: form.unwrap_or_default(),
    })
}
