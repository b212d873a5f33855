//! Users of the identity provider: `USER#sso#<id>` and `IDENT#sso#<identity>` in the table `users`.

use std::collections::HashMap;

use anyhow::anyhow;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::{NumericId, OrganizationId, UserId};
use domain::identifier::Identity;
use domain::password::PasswordHash;
use domain::sso::{Extra, Profile, ProfileKind, RegisteredEmail, User};
use domain::time::Timestamp;

use runtime::aws::Aws;

use crate::item::{Item, flag, instant, list, string, texts};
use crate::table::Write;
use crate::user::Users;
use crate::user_item::{IDENTITIES, is_closed, user_key};

/// The users, all in the realm `sso`, which is not a valid id of an organization.
#[derive(Clone)]
pub struct SsoUsers {
    users: Users,
    realm: OrganizationId,
}

impl SsoUsers {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { users: Users::new(aws)?, realm: OrganizationId::sso() })
    }

    /// The id of the user that an email address leads to. Eventually consistent.
    pub async fn identified(&self, identity: &Identity) -> anyhow::Result<Option<UserId>> {
        self.users.identified(&self.realm, identity).await
    }

    /// A user by id. Strongly consistent. An id that no user can have takes the same read, and is not
    /// found.
    pub async fn find(&self, id: &UserId) -> anyhow::Result<Option<User>> {
        let item = self.users.item(&self.realm, id).await?;
        item.map_or(Ok(None), |item| read_some(id, &item))
    }

    /// The user with this id, if the user owns the identity: a pointer may lead to a user who has another
    /// address by now. Strongly consistent.
    pub async fn owner(&self, identity: &Identity, id: &UserId) -> anyhow::Result<Option<User>> {
        match self.users.item(&self.realm, id).await? {
            Some(item) if owns(&item, identity)? => read_some(id, &item),
            _ => Ok(None),
        }
    }

    /// Records a sign-in, unless a later one is stored.
    pub async fn record_sign_in(&self, id: NumericId, now: Timestamp) -> anyhow::Result<()> {
        let is_user = "attribute_exists(createdAt)"; // tombstones have none
        let is_later = "(attribute_not_exists(lastLogin) OR lastLogin < :now)";
        let update = self
            .users
            .table()
            .update(&user_key(&self.realm, &id.into()))
            .update_expression("SET lastLogin = :now")
            .condition_expression(format!("{is_user} AND {is_later}"))
            .expression_attribute_values(":now", instant(now));
        match self.users.table().write_update(update).await? {
            // Lost: a later sign-in is stored, or the user was not found.
            Write::Applied(_) | Write::Lost(_) => Ok(()),
            Write::InDoubt(error) => Err(error.context("record a sign-in")),
        }
    }

    /// Stores a new hash of the password that `old` is a hash of.
    pub async fn rehash(
        &self,
        id: NumericId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> anyhow::Result<()> {
        self.users.rehash(&self.realm, &id.into(), old, new).await
    }
}

pub fn item(pk: String, user: &User) -> Item {
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
        .with_some("extra", (!user.extra.is_empty()).then(|| string(user.extra.text())))
        .with_some("sessionsValidAfter", user.sessions_valid_after.map(instant))
}

fn profile(profile: &Profile) -> AttributeValue {
    let mut attributes = HashMap::from([
        ("type".to_owned(), string(profile.kind.as_str())),
        ("id".to_owned(), string(&profile.id)),
    ]);
    if let Some(catchment) = &profile.catchment {
        attributes.insert("catchment".to_owned(), list(catchment.iter().map(string)));
    }
    AttributeValue::M(attributes)
}

/// Whether the user of an item owns an identity. A user from before addresses could change owns the only one
/// that there is.
pub fn owns(item: &Item, identity: &Identity) -> anyhow::Result<bool> {
    let is_from_before = !item.has_some(IDENTITIES);
    Ok(is_from_before || item.text_map(IDENTITIES)?.contains_key(identity.as_str()))
}

/// Reads a user; `None` if the item is a tombstone.
pub fn read_some(id: &UserId, item: &Item) -> anyhow::Result<Option<User>> {
    if is_closed(item)? { Ok(None) } else { read(id, item).map(Some) }
}

pub fn read(id: &UserId, item: &Item) -> anyhow::Result<User> {
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
        extra: item.some_text("extra")?.map(Extra::parse).transpose()?.unwrap_or_default(),
        sessions_valid_after: item.some_instant("sessionsValidAfter")?,
    })
}

fn read_profile(value: &AttributeValue) -> anyhow::Result<Profile> {
    let attributes = value.as_m().map_err(|_| anyhow!("the item's profile is not a map"))?;
    let catchment = attributes.contains_key("catchment");
    let profile = Item::from(attributes.clone());
    let catchment = catchment.then(|| profile.list("catchment")).transpose()?;
    Ok(Profile {
        kind: ProfileKind::parse(profile.text("type")?)?,
        id: profile.text("id")?.to_owned(),
        catchment: catchment.map(texts).transpose()?,
    })
}
