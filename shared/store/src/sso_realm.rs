//! The realm of the identity provider: `REALM#sso` in the table `organizations`. It has the realm's fence,
//! and exists from the first fence on.

use domain::id::OrganizationId;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::resources::TableName;

use crate::organization::VALID_AFTER;
use crate::table::Table;

/// The realm.
#[derive(Clone)]
pub struct SsoRealm {
    table: Table,
}

impl SsoRealm {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Organizations)? })
    }

    /// The realm's fence. Strongly consistent, as an organization's.
    pub async fn valid_after(&self) -> anyhow::Result<Option<Timestamp>> {
        let item = self.table.get_strong(&realm_key()).await?;
        item.map_or(Ok(None), |item| item.some_instant(VALID_AFTER))
    }
}

pub fn realm_key() -> String {
    format!("REALM#{}", OrganizationId::sso())
}
