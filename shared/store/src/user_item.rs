//! The items of users, and the pointers that lead to them.

use std::collections::BTreeMap;

use domain::id::{Nonce, OrganizationId, UserId};
use domain::identifier::{Email, Identity, Phone, Username};
use domain::locale::Locale;
use domain::password::PasswordHash;
use domain::user::User;

use crate::item::{Item, flag, instant, string, text_map};

const USER: &str = "USER";

pub fn user_key(organization: &OrganizationId, id: &UserId) -> String {
    format!("{USER}#{organization}#{id}")
}

/// The prefix of the keys of an organization's users.
pub fn user_keys(organization: &OrganizationId) -> String {
    format!("{USER}#{organization}#")
}

pub fn identity_key(organization: &OrganizationId, identity: &Identity) -> String {
    format!("{}{}", identity_keys(organization), identity.as_str())
}

/// The prefix of the keys of an organization's pointers.
pub fn identity_keys(organization: &OrganizationId) -> String {
    format!("IDENT#{organization}#")
}

/// The attribute with the identities that a user owns.
pub const IDENTITIES: &str = "identities";

/// Identities that a user owns, each with the nonce of its reservation.
pub type Owned = BTreeMap<String, String>;

/// A user, with the attributes of the item that only the store needs.
#[derive(Clone)]
pub struct Stored {
    pub user: User,
    /// The identities that the user owns. A pointer from any other identity doesn't count.
    pub identities: Owned,
    /// Changes with each change by an operator.
    pub revision: Nonce,
}

impl Stored {
    /// Reads a user; `None` if the item only closes its id, or is a tombstone.
    pub fn of(
        organization: &OrganizationId,
        id: &UserId,
        item: &Item,
    ) -> anyhow::Result<Option<Self>> {
        if is_closed(item)? {
            return Ok(None);
        }
        let user = read(organization, id, item)?;
        let identities = item.text_map(IDENTITIES)?;
        Ok(Some(Self { user, identities, revision: revision(item)? }))
    }

    /// The attributes that an operator may change.
    pub fn item(&self) -> Item {
        item(&self.user).with(IDENTITIES, text_map(&self.identities))
    }

    pub fn owns(&self, identity: &Identity) -> bool {
        self.identities.contains_key(identity.as_str())
    }
}

/// Whether the item closes its id: a user of this id was never created, and never can be, or was deleted.
pub fn is_closed(item: &Item) -> anyhow::Result<bool> {
    item.flag("closed")
}

pub fn closed(pk: &str, revision: &Nonce) -> Item {
    Item::new(pk.to_owned()).with("closed", flag(true)).with("revision", string(revision.as_str()))
}

/// A pointer from an identity to a user, with the nonce of its reservation.
pub struct Pointer {
    pub user: UserId,
    pub reservation: Nonce,
}

impl Pointer {
    pub fn of(item: &Item) -> anyhow::Result<Self> {
        let user = UserId::parse(item.text("userId")?)?;
        Ok(Self { user, reservation: Nonce::stored(item.text("reservation")?) })
    }
}

pub fn item(user: &User) -> Item {
    Item::new(user_key(&user.organization, &user.id))
        .with("role", string(&user.role))
        .with("accessRole", string(&user.access_role))
        .with_some("email", user.email.as_ref().map(|email| string(email.as_str())))
        .with_some("phoneNumber", user.phone.as_ref().map(|phone| string(phone.as_str())))
        .with_some("username", user.username.as_ref().map(|username| string(username.as_str())))
        .with_some("passwordHash", user.password.as_ref().map(|hash| string(hash.as_str())))
        .with_some("locale", user.locale.as_ref().map(|locale| string(locale.as_str())))
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
        locale: item.some_text("locale")?.map(Locale::parse).transpose()?,
        disabled: item.flag("disabled")?,
        sessions_valid_after: item.some_instant("sessionsValidAfter")?,
    })
}

/// The nonce of an item's last change by an operator.
pub fn revision(item: &Item) -> anyhow::Result<Nonce> {
    Ok(Nonce::stored(item.text("revision")?))
}
