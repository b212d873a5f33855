//! Users, and the identifiers that lead to them.

use domain::id::{OrganizationId, UserId};
use domain::identifier::{Email, Identity, Phone, Username};
use domain::password::PasswordHash;
use domain::time::Timestamp;
use domain::user::User;

use super::item::{Item, flag, instant, string};
use super::table::{Settled, Table, Write};
use crate::aws::Unavailable;

/// The table `users`.
#[derive(Clone)]
pub struct Users {
    pub(super) table: Table,
}

/// What became of creating a user.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// The user is there, with all identifiers; also when an earlier attempt had put it there.
    Created,
    /// Somebody else in the organization has one of the identifiers.
    IdentifierTaken,
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
        item.map(|item| Ok(UserId::parse(item.text("userId")?)?)).transpose()
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
        let item = self.table.get_strong(&user_key(organization, id)).await?;
        item.as_ref().map(|item| read(organization, id, item)).transpose()
    }

    /// Creates a user, reachable by the given identities. The user item comes first: until an
    /// identity leads to it, nobody can observe it. Each identity belongs to whoever puts it first.
    ///
    /// # Errors
    /// DynamoDB is unavailable.
    pub async fn create(&self, user: &User, identities: &[Identity]) -> anyhow::Result<Creation> {
        self.table.put_fact(&user_key(&user.organization, &user.id), item(user)).await?;
        for identity in identities {
            if !self.claim_identity(&user.organization, &user.id, identity).await? {
                return Ok(Creation::IdentifierTaken);
            }
        }
        Ok(Creation::Created)
    }

    /// Lets an identity lead to a user; whether it does now, or leads to another one.
    pub(super) async fn claim_identity(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        identity: &Identity,
    ) -> anyhow::Result<bool> {
        let pk = identity_key(organization, identity);
        let pointer = Item::new(pk.clone()).with("userId", string(id.as_str()));
        let put = self.table.put(pointer).condition_expression("attribute_not_exists(pk)");
        let write = self.table.write_put(put).await?;
        match self.table.settle(&pk, write).await? {
            Settled::Applied => Ok(true),
            Settled::Found(Some(found)) => Ok(found.text("userId")? == id.as_str()),
            Settled::Found(None) => Err(anyhow::anyhow!("claim an identity").context(Unavailable)),
        }
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

    /// Refuses the user everywhere from now on.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or there is no such user.
    pub async fn disable(&self, organization: &OrganizationId, id: &UserId) -> anyhow::Result<()> {
        let update = self
            .table
            .update(&user_key(organization, id))
            .update_expression("SET disabled = :true")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":true", flag(true));
        let write = self.table.write_update(update).await?;
        match self.table.settle(&user_key(organization, id), write).await? {
            Settled::Applied => Ok(()),
            Settled::Found(Some(item)) if item.flag("disabled")? => Ok(()),
            Settled::Found(_) => anyhow::bail!("there is no such user to disable"),
        }
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

pub(super) fn user_key(organization: &OrganizationId, id: &UserId) -> String {
    format!("USER#{organization}#{id}")
}

fn identity_key(organization: &OrganizationId, identity: &Identity) -> String {
    format!("IDENT#{organization}#{}", identity.as_str())
}

fn item(user: &User) -> Item {
    Item::new(user_key(&user.organization, &user.id))
        .with("role", string(&user.role))
        .with("accessRole", string(&user.access_role))
        .with_some("email", user.email.as_ref().map(|email| string(email.as_str())))
        .with_some("phoneNumber", user.phone.as_ref().map(|phone| string(phone.as_str())))
        .with_some("username", user.username.as_ref().map(|username| string(username.as_str())))
        .with_some("passwordHash", user.password.as_ref().map(|hash| string(hash.as_str())))
        .with_some("locale", user.locale.as_ref().map(string))
        .with_some("disabled", user.disabled.then_some(flag(true)))
        .with_some("sessionsValidAfter", user.sessions_valid_after.map(instant))
}

fn read(organization: &OrganizationId, id: &UserId, item: &Item) -> anyhow::Result<User> {
    Ok(User {
        organization: organization.clone(),
        id: id.clone(),
        email: item.some_text("email")?.map(Email::parse).transpose()?,
        phone: item.some_text("phoneNumber")?.map(Phone::parse).transpose()?,
        username: item.some_text("username")?.map(Username::parse).transpose()?,
        password: item.some_text("passwordHash")?.map(PasswordHash::parse).transpose()?,
        role: item.text("role")?.to_owned(),
        access_role: item.text("accessRole")?.to_owned(),
        locale: item.some_text("locale")?.map(str::to_owned),
        disabled: item.flag("disabled")?,
        sessions_valid_after: item.some_instant("sessionsValidAfter")?,
    })
}
