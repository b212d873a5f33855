//! Families of refresh tokens, and the pointers from a token's digest to its family.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use domain::decide::{
    self, Family, Presentation, Revocation, RevocationReason, Rotation, Successor,
};
use domain::id::{FamilyId, OrganizationId, UserId};
use domain::secret::Digest;
use domain::time::Timestamp;
use domain::token::refresh;

use super::item::{Item, instant, string, ttl};
use super::table::{Cursor, Filter, Settled, Table};
use crate::aws::Unavailable;

/// How long after its absolute expiry a session may be deleted.
const KEPT: Duration = Duration::from_hours(48);

/// The table `sessions`.
#[derive(Clone)]
pub struct Sessions {
    table: Table,
}

/// What every token of a family has in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The family.
    pub family: FamilyId,
    /// The tenant that it belongs to.
    pub organization: OrganizationId,
    /// Who signed in.
    pub user: UserId,
    /// When.
    pub created_at: Timestamp,
    /// When it ends, however often it is rotated.
    pub ends_at: Timestamp,
}

impl Session {
    /// A session that starts now.
    #[must_use]
    pub fn start(organization: &OrganizationId, user: &UserId, now: Timestamp) -> Self {
        Self {
            family: FamilyId::random(),
            organization: organization.clone(),
            user: user.clone(),
            created_at: now,
            ends_at: now.plus(refresh::ABSOLUTE_LIFETIME),
        }
    }

    /// When a token that becomes current now stops working.
    fn slides_to(&self, now: Timestamp) -> Timestamp {
        now.plus(refresh::SLIDING_LIFETIME).min(self.ends_at)
    }
}

/// What became of a rotation.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// The successor at this index is current.
    Current(usize),
    /// A token came back that was no longer current; its family is revoked.
    Replayed,
    /// The family had been revoked before, for this reason.
    Revoked(RevocationReason),
    /// The family is over or forgotten.
    Expired,
}

/// What became of a revocation.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// No token of the family works any more.
    Durably,
    /// There is no such family (any more).
    Gone,
}

/// A family as an operator sees it.
#[derive(Clone, Debug)]
pub struct FamilyOverview {
    /// Whose it is, and since when.
    pub session: Session,
    /// When its token was last replaced.
    pub rotated_at: Option<Timestamp>,
    /// When its token stops working.
    pub expires_at: Timestamp,
    /// Whether it was ended before.
    pub revoked: Option<Revocation>,
}

/// Some of a user's families.
pub struct FamilyPage {
    /// In no order.
    pub families: Vec<FamilyOverview>,
    /// Where the next page starts, if there is one.
    pub next: Option<Cursor>,
}

impl FamilyOverview {
    /// One word for what the family is now.
    #[must_use]
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
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// Puts a family whose one token nobody holds yet.
    ///
    /// # Errors
    /// DynamoDB is unavailable.
    pub async fn put_family(
        &self,
        session: &Session,
        first: &Digest,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let pk = family_key(&session.family);
        let item = facts(&pk, session)
            .with("curHash", string(first.as_str()))
            .with("slideExp", instant(session.slides_to(now)));
        self.table.put_fact(&pk, item).await.context("put a family")
    }

    /// Puts the pointer from a token that nobody holds yet to its family.
    ///
    /// # Errors
    /// DynamoDB is unavailable.
    pub async fn put_pointer(&self, session: &Session, token: &Digest) -> anyhow::Result<()> {
        let pk = pointer_key(token);
        let item = facts(&pk, session).with("familyId", string(session.family.as_str()));
        self.table.put_fact(&pk, item).await.context("put a pointer")
    }

    /// The session that a token belongs or belonged to.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the item is not a pointer.
    pub async fn find(&self, token: &Digest) -> anyhow::Result<Option<Session>> {
        let item = self.table.get_strong(&pointer_key(token)).await?;
        item.as_ref().map(read_session).transpose()
    }

    /// A page of a user's families. Reads the whole table in the course of time: for operators.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or an item is not a family's.
    pub async fn page(
        &self,
        organization: &OrganizationId,
        user: &UserId,
        from: Option<Cursor>,
    ) -> anyhow::Result<FamilyPage> {
        let equal = [("organizationId", organization.as_str()), ("userId", user.as_str())];
        let page = self.table.scan(FAMILY, Filter { equal: &equal, from }).await?;
        let families: anyhow::Result<_> = page.items.iter().map(read_overview).collect();
        Ok(FamilyPage { families: families?, next: page.next })
    }

    /// A family by its id.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the item is not a family's.
    pub async fn family(&self, id: &FamilyId) -> anyhow::Result<Option<FamilyOverview>> {
        let item = self.table.get_strong(&family_key(id)).await?;
        item.as_ref().map(read_overview).transpose()
    }

    /// Commits a rotation: the first successor becomes current, if the presented token still is. A
    /// replay revokes the family, and is answered only once that is durable.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
    pub async fn rotate(
        &self,
        session: &Session,
        call: &Presentation,
        now: Timestamp,
    ) -> anyhow::Result<Rotated> {
        match self.commit_rotation(session, call, now).await? {
            Rotation::Rotated(index) => Ok(Rotated::Current(index)),
            Rotation::Revoked(reason) => Ok(Rotated::Revoked(reason)),
            Rotation::Expired => Ok(Rotated::Expired),
            Rotation::Unresolved => Err(anyhow!("rotate a token").context(Unavailable)),
            Rotation::Replayed => {
                match self.revoke(&session.family, RevocationReason::Reuse, now).await? {
                    Revoked::Durably => Ok(Rotated::Replayed),
                    Revoked::Gone => Ok(Rotated::Expired),
                }
            }
        }
    }

    async fn commit_rotation(
        &self,
        session: &Session,
        call: &Presentation,
        now: Timestamp,
    ) -> anyhow::Result<Rotation> {
        let pk = family_key(&session.family);
        let Successor { kid, digest } =
            call.successors.first().context("no successor to commit")?;
        let is_current = "curHash = :presented";
        let is_standing = "attribute_not_exists(revokedAt)";
        let is_live = "slideExp > :now"; // TTL deletes late: never rely on it
        let rotation = "SET curHash = :successor, prevHash = :presented, rotatedAt = :now, \
                        slideExp = :slideExp";
        let update = self
            .table
            .update(&pk)
            .condition_expression(format!("{is_current} AND {is_standing} AND {is_live}"))
            .expression_attribute_values(":presented", string(call.presented.as_str()))
            .expression_attribute_values(":successor", string(digest.as_str()))
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":slideExp", instant(session.slides_to(now)));
        let update = match kid {
            Some(kid) => update
                .update_expression(format!("{rotation}, kid = :kid"))
                .expression_attribute_values(":kid", string(kid)),
            None => update.update_expression(format!("{rotation} REMOVE kid")),
        };
        let write = self.table.write_update(update).await?;
        match self.table.settle(&pk, write).await? {
            Settled::Applied => Ok(Rotation::Rotated(0)),
            Settled::Found(found) => {
                let family = found.as_ref().map(read_family).transpose()?;
                Ok(decide::rotation(family.as_ref(), call, now))
            }
        }
    }

    /// Ends a family: all tokens of it at once, for good. The first reason stays.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
    pub async fn revoke(
        &self,
        family: &FamilyId,
        reason: RevocationReason,
        now: Timestamp,
    ) -> anyhow::Result<Revoked> {
        let pk = family_key(family);
        let is_there = "attribute_exists(pk)";
        let update = self
            .table
            .update(&pk)
            .update_expression(
                "SET revokedAt = if_not_exists(revokedAt, :now), \
                 revokedFor = if_not_exists(revokedFor, :reason)",
            )
            .condition_expression(is_there)
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":reason", string(reason.as_str()));
        let write = self.table.write_update(update).await?;
        match self.table.settle(&pk, write).await? {
            Settled::Applied => Ok(Revoked::Durably),
            Settled::Found(None) => Ok(Revoked::Gone),
            Settled::Found(Some(item)) if read_family(&item)?.revoked.is_some() => {
                Ok(Revoked::Durably)
            }
            Settled::Found(Some(_)) => Err(anyhow!("revoke a family").context(Unavailable)),
        }
    }
}

const FAMILY: &str = "FAM#";

fn family_key(id: &FamilyId) -> String {
    format!("{FAMILY}{}", id.as_str())
}

fn pointer_key(token: &Digest) -> String {
    format!("RT#{}", token.as_str())
}

fn facts(pk: &str, session: &Session) -> Item {
    Item::new(pk.to_owned())
        .with("organizationId", string(session.organization.as_str()))
        .with("userId", string(session.user.as_str()))
        .with("createdAt", instant(session.created_at))
        .with("absExp", instant(session.ends_at))
        .with("ttl", ttl(session.ends_at.plus(KEPT)))
}

/// From a pointer, which names its family.
fn read_session(item: &Item) -> anyhow::Result<Session> {
    session(item, FamilyId::stored(item.text("familyId")?))
}

/// From a family, whose key names it.
fn read_overview(item: &Item) -> anyhow::Result<FamilyOverview> {
    let id = item.text("pk")?.strip_prefix(FAMILY).context("no family")?;
    let Family { rotated_at, expires_at, revoked, .. } = read_family(item)?;
    let session = session(item, FamilyId::stored(id))?;
    Ok(FamilyOverview { session, rotated_at, expires_at, revoked })
}

fn session(item: &Item, family: FamilyId) -> anyhow::Result<Session> {
    Ok(Session {
        family,
        organization: OrganizationId::parse(item.text("organizationId")?)?,
        user: UserId::parse(item.text("userId")?)?,
        created_at: item.instant("createdAt")?,
        ends_at: item.instant("absExp")?,
    })
}

fn read_family(item: &Item) -> anyhow::Result<Family> {
    let digest = |name| item.some_text(name).map(|text| text.map(Digest::stored));
    Ok(Family {
        current: Digest::stored(item.text("curHash")?),
        previous: digest("prevHash")?,
        rotated_at: item.some_instant("rotatedAt")?,
        expires_at: item.instant("slideExp")?,
        kid: item.some_text("kid")?.map(str::to_owned),
        revoked: read_revocation(item)?,
    })
}

fn read_revocation(item: &Item) -> anyhow::Result<Option<Revocation>> {
    let Some(at) = item.some_instant("revokedAt")? else { return Ok(None) };
    let reason = RevocationReason::parse(item.text("revokedFor")?);
    Ok(Some(Revocation { at, reason: reason.context("an unknown reason")? }))
}
