//! The portal's API keys: operators create and retire them.

use domain::id::OrganizationId;
use domain::secret::Digest;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::resources::TableName;
use store::item::{Item, instant, string};
use store::organization::api_key_key;
use store::table::{Table, Write};

use crate::organization::{Organizations, Registered};

/// How many API keys an organization may have: one in use, and one that replaces it.
pub const MAX_API_KEYS: usize = 2;

/// The outcome of adding an API key.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addition {
    /// The API key leads to the organization. It may have done so before.
    Added,
    /// The organization has [`MAX_API_KEYS`] other API keys.
    TooMany,
    OrganizationNotFound,
}

/// Where an API key leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyPointer {
    pub organization: OrganizationId,
    /// `None` for a key from before this was stored.
    pub created_at: Option<Timestamp>,
}

/// The API keys.
#[derive(Clone)]
pub struct ApiKeys {
    table: Table,
    organizations: Organizations,
}

impl ApiKeys {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        let table = Table::new(aws, TableName::Organizations)?;
        Ok(Self { table, organizations: Organizations::new(aws)? })
    }

    /// Adds an API key to an organization; only its digest is stored. The pointer is put first, and
    /// counts once the organization's item lists the key.
    pub async fn add(
        &self,
        id: &OrganizationId,
        key: &Digest,
        now: Timestamp,
    ) -> anyhow::Result<Addition> {
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
        let outcome = match self.organizations.update(id, add).await? {
            None => Addition::OrganizationNotFound,
            Some(registered) if registered.api_keys.contains(key) => Addition::Added,
            Some(_) => Addition::TooMany,
        };
        if outcome != Addition::Added {
            self.remove_pointer(id, key).await;
        }
        Ok(outcome)
    }

    /// Retires an API key. Instances that have it cached accept it for up to a minute.
    pub async fn retire(&self, id: &OrganizationId, key: &Digest) -> anyhow::Result<()> {
        let retire = |registered: &mut Registered| {
            registered.api_keys.remove(key);
        };
        self.organizations.update(id, retire).await?;
        self.remove_pointer(id, key).await;
        Ok(())
    }

    /// The organization that an API key leads to. The key counts only if the organization lists it.
    pub async fn find(&self, key: &Digest) -> anyhow::Result<Option<ApiKeyPointer>> {
        let Some(item) = self.table.get_strong(&api_key_key(key)).await? else { return Ok(None) };
        let organization = OrganizationId::parse(item.text("organizationId")?)?;
        Ok(Some(ApiKeyPointer { organization, created_at: item.some_instant("createdAt")? }))
    }

    /// A failure is only logged: a pointer doesn't count if the organization doesn't list its key.
    async fn remove_pointer(&self, id: &OrganizationId, key: &Digest) {
        let is_ours = ("organizationId", id.as_str());
        match self.table.delete_signed(&api_key_key(key), is_ours).await {
            Ok(Write::Applied(_) | Write::Lost(_)) => {}
            Ok(Write::InDoubt(error)) | Err(error) => {
                tracing::warn!("the pointer of an API key was not removed: {error:#}");
            }
        }
    }
}
