//! Families of refresh tokens: operators list and revoke them.

use anyhow::Context as _;
use domain::decide::{Family, Revocation, RevocationReason, Revoked};
use domain::id::{FamilyId, OrganizationId, UserId};
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::resources::TableName;
use store::item::Item;
use store::session::{FAMILY, family_key, read_family, session};
use store::table::Table;
use store::{Session, Sessions as StoredSessions};

use crate::scan::{Cursor, Filter, Page, scan};

/// The sessions.
#[derive(Clone)]
pub struct Sessions {
    table: Table,
    sessions: StoredSessions,
}

/// A family, for operators.
#[derive(Clone, Debug)]
pub struct FamilyOverview {
    pub session: Session,
    /// The latest rotation.
    pub rotated_at: Option<Timestamp>,
    /// When the current token expires.
    pub expires_at: Timestamp,
    pub revoked: Option<Revocation>,
}

impl FamilyOverview {
    /// The state of the family, in a word or two.
    pub fn state(&self, now: Timestamp) -> &'static str {
        match self.revoked.map(|revocation| revocation.reason) {
            Some(RevocationReason::Logout) => "signed out",
            Some(RevocationReason::Reuse) => "replayed",
            Some(RevocationReason::User) => "user refused",
            Some(RevocationReason::Operator) => "revoked",
            None if self.expires_at <= now => "expired",
            None => "live",
        }
    }
}

impl Sessions {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        let table = Table::new(aws, TableName::Sessions)?;
        Ok(Self { table, sessions: StoredSessions::new(aws)? })
    }

    /// A page of a user's families.
    pub async fn page(
        &self,
        organization: &OrganizationId,
        user: &UserId,
        from: Option<Cursor>,
    ) -> anyhow::Result<Page<FamilyOverview>> {
        let equal = [("organizationId", organization.as_str()), ("userId", user.as_str())];
        let page = scan(&self.table, FAMILY, Filter { equal: &equal, from }).await?;
        page.try_map(overview)
    }

    /// A family by its id.
    pub async fn find(&self, id: &FamilyId) -> anyhow::Result<Option<FamilyOverview>> {
        let item = self.table.get_strong(&family_key(id)).await?;
        item.as_ref().map(overview).transpose()
    }

    /// Revokes one family.
    pub async fn revoke(&self, family: &FamilyId, now: Timestamp) -> anyhow::Result<Revoked> {
        self.sessions.revoke(family, RevocationReason::Operator, now).await
    }
}

fn overview(item: &Item) -> anyhow::Result<FamilyOverview> {
    let id = item.text("pk")?.strip_prefix(FAMILY).context("the item is not a family")?;
    let Family { rotated_at, expires_at, revoked, .. } = read_family(item)?;
    let session = session(item, FamilyId::stored(id))?;
    Ok(FamilyOverview { session, rotated_at, expires_at, revoked })
}
