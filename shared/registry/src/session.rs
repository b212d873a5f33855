//! Families of refresh tokens, as operators list and revoke them.

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

/// A family as an operator sees it.
#[derive(Clone, Debug)]
pub struct FamilyOverview {
    pub session: Session,
    /// When its token was last replaced.
    pub rotated_at: Option<Timestamp>,
    /// When its token stops working.
    pub expires_at: Timestamp,
    /// Whether it was ended before.
    pub revoked: Option<Revocation>,
}

impl FamilyOverview {
    /// One word for what the family is now.
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

    /// Ends one family, for good.
    pub async fn revoke(&self, family: &FamilyId, now: Timestamp) -> anyhow::Result<Revoked> {
        self.sessions.revoke(family, RevocationReason::Operator, now).await
    }
}

/// From a family, whose key names it.
fn overview(item: &Item) -> anyhow::Result<FamilyOverview> {
    let id = item.text("pk")?.strip_prefix(FAMILY).context("no family")?;
    let Family { rotated_at, expires_at, revoked, .. } = read_family(item)?;
    let session = session(item, FamilyId::stored(id))?;
    Ok(FamilyOverview { session, rotated_at, expires_at, revoked })
}
