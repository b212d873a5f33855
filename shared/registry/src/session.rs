//! Families of refresh tokens: operators list and revoke them.

use anyhow::Context as _;
use domain::decide::{Family, Revocation, RevocationReason, Revoked};
use domain::id::{FamilyId, OrganizationId, UserId};
use domain::otp::Channel;
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
    /// How the code came; `None` for a session from before this was stored.
    pub channel: Option<Channel>,
    /// The latest rotation.
    pub rotated_at: Option<Timestamp>,
    /// When the current token expires.
    pub expires_at: Timestamp,
    pub revoked: Option<Revocation>,
}

/// The state of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    Live,
    Ended(&'static str),
    Expired(&'static str),
}

impl FamilyOverview {
    /// When the session was used last: its start, or the latest rotation.
    pub fn used_at(&self) -> Timestamp {
        self.rotated_at.unwrap_or(self.session.created_at)
    }

    /// The state, and the reason for it. A family doesn't know of sign-outs: see the callers.
    pub fn state(&self, now: Timestamp) -> SessionState {
        match self.revoked.map(|revocation| revocation.reason) {
            Some(RevocationReason::Logout) => SessionState::Ended("logout"),
            Some(RevocationReason::Reuse) => SessionState::Ended("replay of an old refresh token"),
            Some(RevocationReason::User) => SessionState::Ended("user disabled or signed out"),
            Some(RevocationReason::Operator) => SessionState::Ended("revoked by an operator"),
            None if self.session.ends_at <= now => SessionState::Expired("90 days old"),
            None if self.expires_at <= now => SessionState::Expired("idle for 30 days"),
            None => SessionState::Live,
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
        let page =
            scan(&self.table, FAMILY, Filter { equal: &equal, from, ..Filter::default() }).await?;
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
    let channel = item.some_text("channel")?.and_then(Channel::parse);
    Ok(FamilyOverview { session, channel, rotated_at, expires_at, revoked })
}
