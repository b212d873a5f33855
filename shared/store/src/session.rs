//! Families of refresh tokens, and the pointers from a token's digest to its family.

use std::time::Duration;

use anyhow::Context as _;
use domain::decide::{
    self, Family, Presentation, Revocation, RevocationReason, Revoked, Rotation, Successor,
};
use domain::id::{FamilyId, OrganizationId, UserId};
use domain::otp::Channel;
use domain::secret::Digest;
use domain::time::Timestamp;
use domain::token::refresh;

use runtime::aws::Aws;
use runtime::resources::TableName;

use crate::item::{Item, instant, string, ttl};
use crate::table::{Settled, Table, Write, unresolved};

/// How long after its absolute expiry a session may be deleted.
const RETENTION: Duration = Duration::from_hours(48);

/// Families of refresh tokens, in the table `sessions`.
#[derive(Clone)]
pub struct Sessions {
    table: Table,
}

/// What all tokens of a family have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub family: FamilyId,
    pub organization: OrganizationId,
    /// The user who signed in.
    pub user: UserId,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// The absolute expiry, which no rotation moves.
    pub ends_at: Timestamp,
}

impl Session {
    /// A session that starts now.
    pub fn start(organization: &OrganizationId, user: &UserId, now: Timestamp) -> Self {
        Self {
            family: FamilyId::random(),
            organization: organization.clone(),
            user: user.clone(),
            created_at: now,
            ends_at: now.plus(refresh::ABSOLUTE_LIFETIME),
        }
    }

    /// The sliding expiry of a token that becomes current now.
    fn slides_to(&self, now: Timestamp) -> Timestamp {
        now.plus(refresh::SLIDING_LIFETIME).min(self.ends_at)
    }
}

impl Sessions {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Sessions)? })
    }

    /// Puts a family, with the channel of its code, which operators see. No client has its first token
    /// yet.
    pub async fn put_family(
        &self,
        session: &Session,
        channel: Channel,
        first: &Digest,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let pk = family_key(&session.family);
        let item = facts(&pk, session)
            .with("channel", string(channel.as_str()))
            .with("curHash", string(first.as_str()))
            .with("slideExp", instant(session.slides_to(now)));
        self.table.put_fact(&pk, item).await.context("put a family").map(drop)
    }

    /// Puts the pointer from a token to its family. No client has the token yet. Whether this call put
    /// it for sure: another call with the same idempotency key may have.
    pub async fn put_pointer(&self, session: &Session, token: &Digest) -> anyhow::Result<bool> {
        let pk = pointer_key(token);
        let item = facts(&pk, session).with("familyId", string(session.family.as_str()));
        self.table.put_fact(&pk, item).await.context("put a pointer")
    }

    /// Deletes the pointer that this call put, of a token that never became current and can't any more. A token that an
    /// idempotency key derives may be current because of another call: then its pointer stays.
    pub async fn drop_pointer(
        &self,
        session: &Session,
        token: &Digest,
        is_derived: bool,
    ) -> anyhow::Result<()> {
        if is_derived
            && let Some(item) = self.table.get_strong(&family_key(&session.family)).await?
        {
            let family = read_family(&item)?;
            if family.current == *token || family.previous.as_ref() == Some(token) {
                return Ok(());
            }
        }
        match self.table.delete_own(&pointer_key(token)).await? {
            Write::Applied(_) | Write::Lost(_) => Ok(()),
            Write::InDoubt(error) => Err(error.context("drop a pointer")),
        }
    }

    /// The session of a current or an earlier token.
    pub async fn find(&self, token: &Digest) -> anyhow::Result<Option<Session>> {
        let item = self.table.get_strong(&pointer_key(token)).await?;
        item.as_ref().map(read_session).transpose()
    }

    /// Commits a rotation: if the presented token is current, the first successor replaces it. A replay
    /// revokes the family; `Replayed` is returned only after the revocation is durable.
    pub async fn rotate(
        &self,
        session: &Session,
        call: &Presentation,
        now: Timestamp,
    ) -> anyhow::Result<Rotation> {
        let rotation = self.commit_rotation(session, call, now).await?;
        if let Rotation::Replayed = rotation {
            return match self.revoke(&session.family, RevocationReason::Reuse, now).await? {
                Revoked::Durably => Ok(rotation),
                Revoked::Gone => Ok(Rotation::Expired),
            };
        }
        Ok(rotation)
    }

    async fn commit_rotation(
        &self,
        session: &Session,
        call: &Presentation,
        now: Timestamp,
    ) -> anyhow::Result<Rotation> {
        let pk = family_key(&session.family);
        let Successor { kid, digest, token } =
            call.successors.first().context("no successor to commit")?;
        let is_current = "curHash = :presented";
        let is_not_revoked = "attribute_not_exists(revokedAt)";
        let is_live = "slideExp > :now"; // TTL deletes late: never rely on it
        let is_new_key = call
            .key
            .as_ref()
            .map_or("", |_| " AND (attribute_not_exists(lastKey) OR lastKey <> :key)");
        let rotation = "SET curHash = :successor, prevHash = :presented, rotatedAt = :now, \
                        slideExp = :slideExp";
        let mut update = self
            .table
            .update(&pk)
            .condition_expression(format!(
                "{is_current} AND {is_not_revoked} AND {is_live}{is_new_key}"
            ))
            .expression_attribute_values(":presented", string(call.presented.as_str()))
            .expression_attribute_values(":successor", string(digest.as_str()))
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":slideExp", instant(session.slides_to(now)));
        let keyed = call.key.as_ref().map_or("", |_| ", lastKey = :key");
        if let Some(key) = &call.key {
            update = update.expression_attribute_values(":key", string(key.as_str()));
        }
        // A rotation without a key leaves `lastKey`: if it removed it, the same key would serve again.
        let update = match kid {
            Some(kid) => update
                .update_expression(format!("{rotation}{keyed}, kid = :kid"))
                .expression_attribute_values(":kid", string(kid)),
            None => update.update_expression(format!("{rotation}{keyed} REMOVE kid")),
        };
        let write = self.table.write_update(update).await?;
        match self.table.settle(&pk, write).await? {
            Settled::Applied => Ok(Rotation::Rotated(token.clone())),
            Settled::Found(found) => {
                let family = found.as_ref().map(read_family).transpose()?;
                decide::rotation(family.as_ref(), call, now).map_err(unresolved("rotate a token"))
            }
        }
    }

    /// Revokes a family: all its tokens at once. The first reason stays, and the first author.
    pub async fn revoke(
        &self,
        family: &FamilyId,
        reason: RevocationReason,
        now: Timestamp,
    ) -> anyhow::Result<Revoked> {
        let pk = family_key(family);
        let author = self.table.author().await?;
        let exists = "attribute_exists(pk)";
        let update = self
            .table
            .update(&pk)
            .update_expression(
                "SET revokedAt = if_not_exists(revokedAt, :now), \
                 revokedFor = if_not_exists(revokedFor, :reason), \
                 revokedBy = if_not_exists(revokedBy, :author)",
            )
            .condition_expression(exists)
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":reason", string(reason.as_str()))
            .expression_attribute_values(":author", string(author.to_string()));
        let write = self.table.write_unsigned_update(update).await?;
        let Settled::Found(found) = self.table.settle(&pk, write).await? else {
            return Ok(Revoked::Durably);
        };
        let family = found.as_ref().map(read_family).transpose()?;
        decide::revocation(family.as_ref()).map_err(unresolved("revoke a family"))
    }
}

/// The prefix of the keys of families.
pub const FAMILY: &str = "FAM#";

pub fn family_key(id: &FamilyId) -> String {
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
        .with("ttl", ttl(session.ends_at.plus(RETENTION)))
}

/// Reads the session in a pointer.
fn read_session(item: &Item) -> anyhow::Result<Session> {
    session(item, FamilyId::stored(item.text("familyId")?))
}

/// Reads the session in a family or a pointer.
pub fn session(item: &Item, family: FamilyId) -> anyhow::Result<Session> {
    Ok(Session {
        family,
        organization: OrganizationId::parse(item.text("organizationId")?)?,
        user: UserId::parse(item.text("userId")?)?,
        created_at: item.instant("createdAt")?,
        ends_at: item.instant("absExp")?,
    })
}

pub fn read_family(item: &Item) -> anyhow::Result<Family> {
    let digest = |name| item.some_text(name).map(|text| text.map(Digest::stored));
    Ok(Family {
        current: Digest::stored(item.text("curHash")?),
        previous: digest("prevHash")?,
        rotated_at: item.some_instant("rotatedAt")?,
        expires_at: item.instant("slideExp")?,
        kid: item.some_text("kid")?.map(str::to_owned),
        last_key: digest("lastKey")?,
        revoked: read_revocation(item)?,
    })
}

fn read_revocation(item: &Item) -> anyhow::Result<Option<Revocation>> {
    let Some(at) = item.some_instant("revokedAt")? else { return Ok(None) };
    let reason = RevocationReason::parse(item.text("revokedFor")?);
    let reason = reason.context("the item's reason of a revocation is unknown")?;
    Ok(Some(Revocation { at, reason }))
}
