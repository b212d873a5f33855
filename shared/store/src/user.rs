//! Users, and the identifiers that lead to them.

use domain::id::{OrganizationId, UserId};
use domain::identifier::Identity;
use domain::password::PasswordHash;
use domain::user::User;
use runtime::aws::Aws;
use runtime::resources::TableName;

use crate::item::{Item, string};
use crate::table::{Table, Write};
use crate::user_item::{Pointer, Stored, identity_key, user_key};

/// The table `users`.
#[derive(Clone)]
pub struct Users {
    table: Table,
}

impl Users {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Users)? })
    }

    /// The user that an identifier leads to; may be a second behind.
    pub async fn identified(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
    ) -> anyhow::Result<Option<UserId>> {
        let item = self.table.get(&identity_key(organization, identity)).await?;
        item.map(|item| Ok(Pointer::of(&item)?.user)).transpose()
    }

    /// A user as of now: sees a sign-out or a disabling that was acknowledged before.
    pub async fn find(
        &self,
        organization: &OrganizationId,
        id: &UserId,
    ) -> anyhow::Result<Option<User>> {
        Ok(self.stored(organization, id).await?.map(|stored| stored.user))
    }

    /// The user that an identity led to, as of now, if the user owns the identity: a pointer may be old,
    /// or be ahead of a user who is about to own it.
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
        let item = self.item(organization, id).await?;
        Ok(item.map(|item| Stored::of(organization, id, &item)).transpose()?.flatten())
    }

    /// Stores a new hash of the password that `old` is a hash of, unless the password was changed
    /// meanwhile.
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

    /// The item of a user as of now, in whatever realm the id is.
    pub(crate) async fn item(
        &self,
        organization: &OrganizationId,
        id: &UserId,
    ) -> anyhow::Result<Option<Item>> {
        self.table.get_strong(&user_key(organization, id)).await
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }
}
