//! Users, and the identifiers that lead to them.

mod claim;
mod create;
mod item;
mod revise;

use std::time::Duration;

use anyhow::anyhow;
use domain::id::{OrganizationId, UserId};
use domain::identifier::Identity;
use domain::password::PasswordHash;
use domain::time::Timestamp;
use domain::user::User;

pub use self::create::Creation;
pub(super) use self::item::user_key;
use self::item::{Pointer, Stored, identity_key, user_keys};
pub use self::revise::Revision;
use super::item::{instant, string};
use super::table::{Cursor, Filter, Settled, Table, Write};
use crate::aws::Unavailable;

/// How far ahead a sign-out reaches. Its write may take [`SIGN_OUT_ATTEMPT`]; the rest is for clocks
/// that disagree.
const SIGN_OUT_REACH: Duration = Duration::from_secs(5);

/// How long one attempt at a sign-out may take, the SDK's own retries included: what lands later
/// might reach back too far.
const SIGN_OUT_ATTEMPT: Duration = Duration::from_secs(2);

/// How often a sign-out is tried.
const SIGN_OUT_ATTEMPTS: usize = 3;

/// The table `users`.
#[derive(Clone)]
pub struct Users {
    pub(super) table: Table,
}

/// Some of an organization's users.
pub struct UserPage {
    /// In no order.
    pub users: Vec<User>,
    /// Where the next page starts, if there is one.
    pub next: Option<Cursor>,
}

impl Users {
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// The user that an identifier leads to; may be a second behind.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the item is not a pointer.
    pub async fn identified(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
    ) -> anyhow::Result<Option<UserId>> {
        let item = self.table.get(&identity_key(organization, identity)).await?;
        item.map(|item| Ok(Pointer::of(&item)?.holder)).transpose()
    }

    /// A user as of now: sees a sign-out or a disabling that was acknowledged before.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the item is not a user's.
    pub async fn find(
        &self,
        organization: &OrganizationId,
        id: &UserId,
    ) -> anyhow::Result<Option<User>> {
        Ok(self.stored(organization, id).await?.map(|stored| stored.user))
    }

    /// The user that an identity led to, as of now, unless it is somebody else's by now, or nobody's:
    /// a pointer may be old, or be ahead of a user who is about to own it.
    ///
    /// # Errors
    /// As [`Users::find`].
    pub async fn owner(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
        id: &UserId,
    ) -> anyhow::Result<Option<User>> {
        let stored = self.stored(organization, id).await?;
        Ok(stored.filter(|stored| stored.owns(identity)).map(|stored| stored.user))
    }

    async fn stored(
        &self,
        organization: &OrganizationId,
        id: &UserId,
    ) -> anyhow::Result<Option<Stored>> {
        let item = self.table.get_strong(&user_key(organization, id)).await?;
        Ok(item.map(|item| Stored::of(organization, id, &item)).transpose()?.flatten())
    }

    /// A page of an organization's users. Reads the whole table in the course of time: for operators.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or an item is not a user's.
    pub async fn page(
        &self,
        organization: &OrganizationId,
        from: Option<Cursor>,
    ) -> anyhow::Result<UserPage> {
        let prefix = user_keys(organization);
        let page = self.table.scan(&prefix, Filter { from, ..Filter::default() }).await?;
        let user = |item: &super::Item| {
            let id = item.text("pk")?.strip_prefix(&prefix).unwrap_or_default();
            let stored = Stored::of(organization, &UserId::parse(id)?, item)?;
            anyhow::Ok(stored.map(|stored| stored.user))
        };
        let users: anyhow::Result<Vec<Option<User>>> = page.items.iter().map(user).collect();
        Ok(UserPage { users: users?.into_iter().flatten().collect(), next: page.next })
    }

    /// Stores a new hash of the password that `old` is a hash of, unless the password was changed
    /// meanwhile.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
    pub async fn rehash(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> anyhow::Result<()> {
        // No two hashes share a salt: once replaced, the old one never comes back for a late copy.
        let has_old = "passwordHash = :old";
        let update = self
            .table
            .update(&user_key(organization, id))
            .update_expression("SET passwordHash = :new")
            .condition_expression(has_old)
            .expression_attribute_values(":old", string(old.as_str()))
            .expression_attribute_values(":new", string(new.as_str()));
        match self.table.write_update(update).await? {
            // Lost: another login was faster, or there is another password now.
            Write::Applied(_) | Write::Lost(_) => Ok(()),
            Write::InDoubt(error) => Err(error.context("hash a password again")),
        }
    }

    /// Refuses the user everywhere from now on, or no longer. What was issued before a disabling stays
    /// refused only if it is ended, too: see [`Users::sign_out`].
    ///
    /// # Errors
    /// As [`Users::revise`].
    pub async fn set_disabled(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        disabled: bool,
    ) -> anyhow::Result<Revision> {
        self.revise_settings(organization, id, |user| user.disabled = disabled).await
    }

    /// Ends everything that the user has been issued, also what races with this call. Whether there is
    /// such a user.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told: try again.
    pub async fn sign_out(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        clock: impl Fn() -> Timestamp + Send,
    ) -> anyhow::Result<bool> {
        if self.find(organization, id).await?.is_none() {
            return Ok(false);
        }
        self.end_all_sessions(organization, id, clock).await?;
        Ok(true)
    }

    /// Ends what came to be up to now, and for the few seconds that clocks may differ by.
    pub(in crate::store) async fn end_all_sessions(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        clock: impl Fn() -> Timestamp + Send,
    ) -> anyhow::Result<()> {
        let mut error = anyhow!("sign a user out").context(Unavailable);
        for _ in 0..SIGN_OUT_ATTEMPTS {
            let attempt = self.end_sessions(organization, id, clock().plus(SIGN_OUT_REACH));
            match tokio::time::timeout(SIGN_OUT_ATTEMPT, attempt).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(failed)) => error = failed,
                Err(_) => {}
            }
        }
        Err(error)
    }

    /// Ends every session and token that came to be at or before `bound`. The bound never moves back.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or there is no such user.
    pub async fn end_sessions(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        bound: Timestamp,
    ) -> anyhow::Result<()> {
        let is_user = "attribute_exists(pk)";
        let moves_forward =
            "(attribute_not_exists(sessionsValidAfter) OR sessionsValidAfter < :bound)";
        let pk = user_key(organization, id);
        let update = self
            .table
            .update(&pk)
            .update_expression("SET sessionsValidAfter = :bound")
            .condition_expression(format!("{is_user} AND {moves_forward}"))
            .expression_attribute_values(":bound", instant(bound));
        let write = self.table.write_update(update).await?;
        match self.table.settle(&pk, write).await? {
            Settled::Applied => Ok(()),
            Settled::Found(Some(item))
                if item.some_instant("sessionsValidAfter")?.is_some_and(|held| held >= bound) =>
            {
                Ok(())
            }
            Settled::Found(Some(_)) => Err(anyhow::anyhow!("end sessions").context(Unavailable)),
            Settled::Found(None) => anyhow::bail!("there is no such user to sign out"),
        }
    }
}
