//! Users of the identity provider: operators create, disable and delete them.

use anyhow::{Context as _, anyhow, bail};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::{Nonce, NumericId, OrganizationId, UserId};
use domain::identifier::{Email, Identifier, Identity};
use domain::sso::User;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::outage::Unavailable;
use runtime::resources::TableName;
use store::item::{flag, instant, string};
use store::sso_user::{item, read};
use store::table::{Settled, Table};
use store::user_item::{user_key, user_keys};

use crate::scan::{Cursor, Filter, Page, scan};
use crate::unlock::{Unlocked, Unlocks};
use crate::users::Users;

/// The users, all in one realm.
pub struct SsoUsers {
    table: Table,
    users: Users,
    realm: OrganizationId,
}

/// The outcome of creating a user.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SsoCreation {
    Created,
    /// The user existed before, and was not changed. If an earlier creation was interrupted, it is
    /// complete now.
    AlreadyExists,
    /// A user with another email address has this id.
    IdTaken,
    /// A user with another id has this email address.
    EmailTaken,
}

impl SsoUsers {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        let table = Table::new(aws, TableName::Users)?;
        Ok(Self { table, users: Users::new(aws)?, realm: OrganizationId::sso() })
    }

    /// A user by id. Strongly consistent.
    pub async fn find(&self, id: NumericId) -> anyhow::Result<Option<User>> {
        let id = UserId::from(id);
        let item = self.table.get_strong(&user_key(&self.realm, &id)).await?;
        item.as_ref().map(|item| read(&id, item)).transpose()
    }

    /// The user whom an email address leads to.
    pub async fn owner(&self, email: &Email, now: Timestamp) -> anyhow::Result<Option<User>> {
        let key = self.users.key(now).await?;
        let email = Identity::of(&key, &self.realm, &Identifier::Email(email.clone()));
        let Some(id) = self.users.identified(&self.realm, &email).await? else { return Ok(None) };
        self.find(NumericId::parse(id.as_str())?).await
    }

    /// A page of all users.
    pub async fn page(&self, from: Option<Cursor>) -> anyhow::Result<Page<User>> {
        let prefix = user_keys(&self.realm);
        let page = scan(&self.table, &prefix, Filter { from, ..Filter::default() }).await?;
        page.try_map(|item| {
            let id = item.text("pk")?.strip_prefix(&prefix).unwrap_or_default();
            read(&UserId::parse(id)?, item)
        })
    }

    /// Creates a user. The first put of the item gets the id, the first reservation the email address.
    /// The item is put first: until the email address leads to it, nobody can sign in, and an
    /// interrupted creation can be repeated.
    pub async fn create(&self, user: &User, now: Timestamp) -> anyhow::Result<SsoCreation> {
        let key = self.users.key(now).await?;
        let email = Identity::of(&key, &self.realm, &user.email.identifier());
        let id = UserId::from(user.id);
        // Checked before the put, so that a taken email address doesn't leave a useless user item. If
        // two operators create users with the same address at once, the reservation decides.
        let owner = self.users.identified(&self.realm, &email).await?;
        if owner.is_some_and(|owner| owner != id) {
            return Ok(SsoCreation::EmailTaken);
        }
        let creation = self.put(&id, user).await?;
        if creation == SsoCreation::IdTaken {
            return Ok(creation);
        }
        let is_reserved = self.users.reserve_permanently(&self.realm, &id, &email).await?;
        Ok(if is_reserved { creation } else { SsoCreation::EmailTaken })
    }

    async fn put(&self, id: &UserId, user: &User) -> anyhow::Result<SsoCreation> {
        let pk = user_key(&self.realm, id);
        let nonce = Nonce::random();
        let item = item(pk.clone(), user).with("creation", string(nonce.as_str()));
        let is_absent = "attribute_not_exists(pk)";
        let put = self.table.put(item).condition_expression(is_absent);
        let write = self.table.write_put(put).await?;
        let found = match self.table.settle(&pk, write).await? {
            Settled::Applied => return Ok(SsoCreation::Created),
            Settled::Found(found) => found,
        };
        let found = found.context("create a user").context(Unavailable)?;
        if found.some_text("creation")? == Some(nonce.as_str()) {
            return Ok(SsoCreation::Created);
        }
        let is_same = read(id, &found)?.email.identifier() == user.email.identifier();
        Ok(if is_same { SsoCreation::AlreadyExists } else { SsoCreation::IdTaken })
    }

    /// Enables or disables a user.
    pub async fn set_active(
        &self,
        id: NumericId,
        is_active: bool,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        self.change(id, ("isActive", flag(is_active)), now).await
    }

    /// Marks a user as deleted. The item stays, so that no other user gets the id or the email address.
    pub async fn delete(&self, id: NumericId, now: Timestamp) -> anyhow::Result<()> {
        self.change(id, ("deletedAt", instant(now)), now).await
    }

    /// Ends every token of a user: see [`Users::sign_out`].
    pub async fn sign_out(
        &self,
        id: NumericId,
        clock: impl Fn() -> Timestamp + Send,
    ) -> anyhow::Result<Timestamp> {
        self.users.sign_out(&self.realm, &id.into(), clock).await
    }

    /// Ends every token that was issued at or before `bound`. The bound never moves back.
    pub async fn end_sessions(&self, id: NumericId, bound: Timestamp) -> anyhow::Result<()> {
        self.users.end_sessions(&self.realm, &id.into(), bound).await
    }

    /// Clears the count of wrong passwords of a user's email address: see [`Unlocks::unlock`].
    pub async fn unlock(
        &self,
        user: &User,
        unlocks: &Unlocks,
        now: Timestamp,
    ) -> anyhow::Result<Unlocked> {
        let key = self.users.key(now).await?;
        let email = Identity::of(&key, &self.realm, &user.email.identifier());
        unlocks.unlock(&self.realm, &email, now).await
    }

    async fn change(
        &self,
        id: NumericId,
        (name, value): (&str, AttributeValue),
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let pk = user_key(&self.realm, &id.into());
        let is_later = "changedAt < :now"; // so that no late copy undoes a later change
        let update = self
            .table
            .update(&pk)
            .update_expression(format!("SET {name} = :value, changedAt = :now"))
            .condition_expression(is_later)
            .expression_attribute_values(":value", value.clone())
            .expression_attribute_values(":now", instant(now));
        let write = self.table.write_update(update).await?;
        match self.table.settle(&pk, write).await? {
            Settled::Applied => Ok(()),
            Settled::Found(Some(found)) if found.has(name, &value) => Ok(()),
            Settled::Found(Some(_)) => Err(anyhow!("update a user").context(Unavailable)),
            Settled::Found(None) => bail!("user {id} not found"),
        }
    }
}
