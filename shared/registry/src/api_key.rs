//! The portal's API keys, as operators create and retire them.

use domain::id::OrganizationId;
use domain::secret::Digest;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::resources::TableName;
use store::item::{Item, instant, string};
use store::organization::api_key_key;
use store::table::{Table, Write};

use crate::delete::delete;
use crate::organization::{Organizations, Registered};

/// API keys that an organization may have at once: the one in use, and the one that replaces it.
pub const MAX_API_KEYS: usize = 2;

/// What became of a new API key.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addition {
    /// It leads to the organization; also when it did before.
    Added,
    /// The organization has [`MAX_API_KEYS`] others.
    TooMany,
    /// There is no such organization.
    NoOrganization,
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

    /// Lets an API key lead to an organization. The key itself is not stored. The pointer comes first;
    /// the organization's item, which lists its keys, makes it count.
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
            None => Addition::NoOrganization,
            Some(registered) if registered.api_keys.contains(key) => Addition::Added,
            Some(_) => Addition::TooMany,
        };
        if outcome != Addition::Added {
            self.remove_pointer(id, key).await;
        }
        Ok(outcome)
    }

    /// Retires an API key; instances that have it cached accept it for up to a minute.
    pub async fn retire(&self, id: &OrganizationId, key: &Digest) -> anyhow::Result<()> {
        let retire = |registered: &mut Registered| {
            registered.api_keys.remove(key);
        };
        self.organizations.update(id, retire).await?;
        self.remove_pointer(id, key).await;
        Ok(())
    }

    /// When a key was created, if its pointer says.
    pub async fn created_at(&self, key: &Digest) -> anyhow::Result<Option<Timestamp>> {
        let pointer = self.table.get_strong(&api_key_key(key)).await?;
        pointer.map_or(Ok(None), |pointer| pointer.some_instant("createdAt"))
    }

    /// A pointer that no organization lists leads nowhere: it may stay.
    async fn remove_pointer(&self, id: &OrganizationId, key: &Digest) {
        let is_ours = ("organizationId", id.as_str());
        match delete(&self.table, &api_key_key(key), is_ours).await {
            Ok(Write::Applied(_) | Write::Lost(_)) => {}
            Ok(Write::InDoubt(error)) | Err(error) => {
                tracing::warn!("remove the pointer of an API key: {error:#}");
            }
        }
    }
}
