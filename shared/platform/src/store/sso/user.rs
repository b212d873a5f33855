//! `USER#sso#<id>` and `IDENT#sso#<identity>` in `users`.

use std::collections::HashMap;

use anyhow::{Context as _, anyhow, bail};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::{Nonce, NumericId, OrganizationId, UserId};
use domain::identifier::Identity;
use domain::password::PasswordHash;
use domain::sso::{Profile, ProfileKind, RegisteredEmail, User};
use domain::time::Timestamp;

use super::Enrolment;
use crate::aws::Unavailable;
use crate::store::Users;
use crate::store::item::{Item, flag, instant, list, string, texts};
use crate::store::table::{Settled, Write};
use crate::store::user::user_key;

/// The users, all in the realm `sso`, which no organization can have as its id.
#[derive(Clone)]
pub struct SsoUsers {
    users: Users,
    realm: OrganizationId,
}

impl SsoUsers {
    pub(crate) fn new(users: Users) -> Self {
        Self { users, realm: OrganizationId::sso() }
    }

    /// The id of the user that an email leads to; may be a second behind.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the item is not a pointer.
    pub async fn identified(&self, identity: &Identity) -> anyhow::Result<Option<UserId>> {
        self.users.identified(&self.realm, identity).await
    }

    /// A user as of now. The id may be one that no user can have: then there is none, for the same
    /// work.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the item is not a user's.
    pub async fn find(&self, id: &UserId) -> anyhow::Result<Option<User>> {
        let item = self.users.table.get_strong(&user_key(&self.realm, id)).await?;
        item.as_ref().map(|item| read(id, item)).transpose()
    }

    /// Puts a new user, reachable by their email. The id belongs to whoever puts the item first, the
    /// email to whoever claims it first. The user item comes first: until the email leads to it,
    /// nobody can sign in with it, and an enrolment that was interrupted can be run again.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or a write's fate can't be told.
    pub async fn enrol(&self, user: &User, email: &Identity) -> anyhow::Result<Enrolment> {
        let id = UserId::from(user.id);
        // Without this look, an email that is taken would leave its would-be user behind. That two
        // operators enrol the same email at once is left to the claim.
        if self.identified(email).await?.is_some_and(|holder| holder != id) {
            return Ok(Enrolment::EmailTaken);
        }
        let enrolment = self.put(&id, user).await?;
        if enrolment == Enrolment::IdTaken {
            return Ok(enrolment);
        }
        let is_claimed = self.users.claim_identity(&self.realm, &id, email).await?;
        Ok(if is_claimed { enrolment } else { Enrolment::EmailTaken })
    }

    async fn put(&self, id: &UserId, user: &User) -> anyhow::Result<Enrolment> {
        let table = &self.users.table;
        let pk = user_key(&self.realm, id);
        let nonce = Nonce::random();
        let item = item(pk.clone(), user).with("enrolment", string(nonce.as_str()));
        let put = table.put(item).condition_expression("attribute_not_exists(pk)");
        let write = table.write_put(put).await?;
        let found = match table.settle(&pk, write).await? {
            Settled::Applied => return Ok(Enrolment::Enrolled),
            Settled::Found(found) => found,
        };
        let found = found.with_context(|| "enrol a user").context(Unavailable)?;
        if found.some_text("enrolment")? == Some(nonce.as_str()) {
            return Ok(Enrolment::Enrolled);
        }
        let holder = read(id, &found)?;
        let is_same = holder.email.identifier() == user.email.identifier();
        Ok(if is_same { Enrolment::AlreadyThere } else { Enrolment::IdTaken })
    }

    /// Notes a sign-in. Of two that overtake each other, the later one stays.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
    pub async fn signed_in(&self, id: NumericId, now: Timestamp) -> anyhow::Result<()> {
        let is_user = "attribute_exists(pk)";
        let is_later = "(attribute_not_exists(lastLogin) OR lastLogin < :now)";
        let update = self
            .users
            .table
            .update(&user_key(&self.realm, &id.into()))
            .update_expression("SET lastLogin = :now")
            .condition_expression(format!("{is_user} AND {is_later}"))
            .expression_attribute_values(":now", instant(now));
        match self.users.table.write_update(update).await? {
            // Lost: a later sign-in was noted, or there is no such user any more.
            Write::Applied(_) | Write::Lost(_) => Ok(()),
            Write::InDoubt(error) => Err(error.context("note a sign-in")),
        }
    }

    /// Stores a new hash of the password that `old` is a hash of.
    ///
    /// # Errors
    /// As [`Users::rehash`].
    pub async fn rehash(
        &self,
        id: NumericId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> anyhow::Result<()> {
        self.users.rehash(&self.realm, &id.into(), old, new).await
    }

    /// Refuses a user everywhere from now on, or no longer.
    ///
    /// # Errors
    /// DynamoDB is unavailable, somebody else changed the user at the same time, or there is no such
    /// user.
    pub async fn set_active(
        &self,
        id: NumericId,
        is_active: bool,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        self.change(id, ("isActive", flag(is_active)), now).await
    }

    /// Refuses a user everywhere, for good. The item stays, and with it id and email.
    ///
    /// # Errors
    /// As [`SsoUsers::set_active`].
    pub async fn delete(&self, id: NumericId, now: Timestamp) -> anyhow::Result<()> {
        self.change(id, ("deletedAt", instant(now)), now).await
    }

    /// Ends every token that the user has been issued. Whether there is such a user.
    ///
    /// # Errors
    /// As [`Users::sign_out`].
    pub async fn sign_out(
        &self,
        id: NumericId,
        clock: impl Fn() -> Timestamp + Send,
    ) -> anyhow::Result<bool> {
        let user = UserId::from(id);
        if self.find(&user).await?.is_none() {
            return Ok(false);
        }
        self.users.end_all_sessions(&self.realm, &user, clock).await?;
        Ok(true)
    }

    /// Ends every token that was issued at or before `bound`. The bound never moves back.
    ///
    /// # Errors
    /// As [`Users::end_sessions`].
    pub async fn end_sessions(&self, id: NumericId, bound: Timestamp) -> anyhow::Result<()> {
        self.users.end_sessions(&self.realm, &id.into(), bound).await
    }

    async fn change(
        &self,
        id: NumericId,
        (name, value): (&str, AttributeValue),
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let table = &self.users.table;
        let pk = user_key(&self.realm, &id.into());
        let is_later = "changedAt < :now"; // so that no late copy undoes a later change
        let update = table
            .update(&pk)
            .update_expression(format!("SET {name} = :value, changedAt = :now"))
            .condition_expression(is_later)
            .expression_attribute_values(":value", value.clone())
            .expression_attribute_values(":now", instant(now));
        let write = table.write_update(update).await?;
        match table.settle(&pk, write).await? {
            Settled::Applied => Ok(()),
            Settled::Found(Some(found)) if found.has(name, &value) => Ok(()),
            Settled::Found(Some(_)) => Err(anyhow!("change a user").context(Unavailable)),
            Settled::Found(None) => bail!("there is no such user to change"),
        }
    }
}

fn item(pk: String, user: &User) -> Item {
    Item::new(pk)
        .with("name", string(&user.name))
        .with("email", string(user.email.as_str()))
        .with_some("passwordHash", user.password.as_ref().map(|hash| string(hash.as_str())))
        .with("isActive", flag(user.is_active))
        .with("activated", flag(user.activated))
        .with_some("activatedAt", user.activated_at.map(instant))
        .with_some("lastLogin", user.last_login.map(instant))
        .with("createdAt", instant(user.created_at))
        .with("changedAt", instant(user.changed_at))
        .with_some("deletedAt", user.deleted_at.map(instant))
        .with("groups", list(user.groups.iter().map(string)))
        .with("profiles", list(user.profiles.iter().map(profile)))
        .with_some("sessionsValidAfter", user.sessions_valid_after.map(instant))
}

fn profile(profile: &Profile) -> AttributeValue {
    let catchment = list(profile.catchment.iter().map(string));
    AttributeValue::M(HashMap::from([
        ("type".to_owned(), string(profile.kind.as_str())),
        ("id".to_owned(), string(&profile.id)),
        ("catchment".to_owned(), catchment),
    ]))
}

fn read(id: &UserId, item: &Item) -> anyhow::Result<User> {
    Ok(User {
        id: NumericId::parse(id.as_str())?,
        name: item.text("name")?.to_owned(),
        email: RegisteredEmail::parse(item.text("email")?)?,
        password: item.some_text("passwordHash")?.map(PasswordHash::parse).transpose()?,
        is_active: item.flag("isActive")?,
        activated: item.flag("activated")?,
        activated_at: item.some_instant("activatedAt")?,
        last_login: item.some_instant("lastLogin")?,
        created_at: item.instant("createdAt")?,
        changed_at: item.instant("changedAt")?,
        deleted_at: item.some_instant("deletedAt")?,
        groups: texts(item.list("groups")?)?,
        profiles: item.list("profiles")?.iter().map(read_profile).collect::<anyhow::Result<_>>()?,
        sessions_valid_after: item.some_instant("sessionsValidAfter")?,
    })
}

fn read_profile(value: &AttributeValue) -> anyhow::Result<Profile> {
    let attributes = value.as_m().map_err(|_| anyhow!("a profile has another type"))?;
    let profile = Item::from(attributes.clone());
    Ok(Profile {
        kind: ProfileKind::parse(profile.text("type")?).context("an unknown type of profile")?,
        id: profile.text("id")?.to_owned(),
        catchment: texts(profile.list("catchment")?)?,
    })
}
