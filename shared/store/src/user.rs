//! Users of organizations, and the identities that lead to them.

use domain::id::{OrganizationId, UserId};
use domain::identifier::Identity;
use domain::password::PasswordHash;
use domain::user::User;
use runtime::aws::Aws;
use runtime::resources::TableName;

use crate::item::{Item, string};
use crate::table::{Table, Write};
use crate::user_item::{Pointer, Stored, identity_key, user_key};

/// The users, in the table `users`.
#[derive(Clone)]
pub struct Users {
    table: Table,
}

impl Users {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Users)? })
    }

    /// The id of the user that an identity leads to. Eventually consistent.
    pub async fn identified(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
    ) -> anyhow::Result<Option<UserId>> {
        let item = self.table.get(&identity_key(organization, identity)).await?;
        item.map(|item| Ok(Pointer::of(&item)?.user)).transpose()
    }

    /// A user by id. Strongly consistent: sees every acknowledged sign-out and disabling.
    pub async fn find(
        &self,
        organization: &OrganizationId,
        id: &UserId,
    ) -> anyhow::Result<Option<User>> {
        Ok(self.stored(organization, id).await?.map(|stored| stored.user))
    }

    /// The user with this id, if the user owns the identity. Strongly consistent. A pointer may lead to
    /// a user who doesn't own the identity any more, or not yet.
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

    /// Replaces the hash `old` of a password by `new`, unless the password was changed meanwhile.
    pub async fn rehash(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> anyhow::Result<()> {
        // No two hashes share a salt: once replaced, `old` is never stored again, so a late copy fails.
        let has_old = "passwordHash = :old";
        let update = self
            .table
            .update(&user_key(organization, id))
            .update_expression("SET passwordHash = :new")
            .condition_expression(has_old)
            .expression_attribute_values(":old", string(old.as_str()))
            .expression_attribute_values(":new", string(new.as_str()));
        match self.table.write_update(update).await? {
            // Lost: another login was faster, or the password was changed.
            Write::Applied(_) | Write::Lost(_) => Ok(()),
            Write::InDoubt(error) => Err(error.context("hash a password again")),
        }
    }

    /// The item of a user of an organization or of the identity provider. Strongly consistent.
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
