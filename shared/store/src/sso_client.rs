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
    let form = Some(client.user_info).filter(|form| *form != UserInfoForm::default());
    let item = Item::new(slots.pk.clone())
        .with("readsUserInfo", flag(client.reads_user_info))
        .with_some("userInfo", form.map(|form| string(form.as_str())));
    slots.fill(item, &client.credentials)
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
