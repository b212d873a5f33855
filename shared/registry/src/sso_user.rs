//! Users of the identity provider: operators create, find and list them, and end their tokens.
//! `sso_user_update.rs` changes and deletes them.

use anyhow::Context as _;
use domain::id::{Nonce, NumericId, OrganizationId, UserId};
use domain::identifier::{Email, Identifier, Identity};
use domain::sso::User;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::outage::Unavailable;
use runtime::resources::TableName;
use store::item::{Item, is_erased, string, text_map};
use store::sso_user::{item, owns, read_some};
use store::table::{Settled, Table};
use store::user_item::{IDENTITIES, Owned, revision, user_key, user_keys};

use crate::reservation::{Reservations, Reserved};
use crate::revision::replace_at_revision;
use crate::scan::{Cursor, Filter, Page, scan};
use crate::unlock::{Unlocked, Unlocks};
use crate::users::Users;

/// The users, all in one realm.
pub struct SsoUsers {
    pub(crate) table: Table,
    pub(crate) users: Users,
    pub(crate) realm: OrganizationId,
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
        item.map_or(Ok(None), |item| read_some(&id, &item))
    }

    /// The user who owns an email address.
    pub async fn owner(&self, email: &Email, now: Timestamp) -> anyhow::Result<Option<User>> {
        let identity = self.identity(&Identifier::Email(email.clone()), now).await?;
        let Some(id) = self.users.identified(&self.realm, &identity).await? else {
            return Ok(None);
        };
        match self.table.get_strong(&user_key(&self.realm, &id)).await? {
            Some(item) if owns(&item, &identity)? => read_some(&id, &item),
            _ => Ok(None),
        }
    }

    /// A page of all users.
    pub async fn page(&self, from: Option<Cursor>) -> anyhow::Result<Page<User>> {
        let prefix = user_keys(&self.realm);
        let page = scan(&self.table, &prefix, Filter { from, ..Filter::default() }).await?;
        let page = page.try_map(|item| {
            let id = item.text("pk")?.strip_prefix(&prefix).unwrap_or_default();
            read_some(&UserId::parse(id)?, item)
        })?;
        Ok(Page { items: page.items.into_iter().flatten().collect(), next: page.next })
    }

    /// Creates a user. The first put of the item gets the id, the first reservation the email address.
    /// The item is put first: until the email address leads to it, nobody can sign in, and an
    /// interrupted creation can be repeated.
    pub async fn create(&self, user: &User, now: Timestamp) -> anyhow::Result<SsoCreation> {
        let email = self.identity(&user.email.identifier(), now).await?;
        let id = UserId::from(user.id);
        // Checked before the put, so that a taken email address doesn't leave a useless user item. If
        // two operators create users with the same address at once, the reservation decides.
        let owner = match user.email.identifier() {
            Identifier::Email(email) => self.owner(&email, now).await?,
            Identifier::Phone(_) | Identifier::Username(_) => None,
        };
        if owner.is_some_and(|owner| owner.id != user.id) {
            return Ok(SsoCreation::EmailTaken);
        }
        let (creation, reservation) = self.put(&id, user, &email).await?;
        if creation == SsoCreation::IdTaken {
            return Ok(creation);
        }
        let mut reservations = Reservations::with(&self.realm, &id, reservation);
        Ok(match self.users.reserve_all(&mut reservations, &[email]).await? {
            Reserved::Ours => creation,
            Reserved::Taken { .. } => SsoCreation::EmailTaken,
        })
    }

    /// Puts a user's item, and returns the reservation of the address that the item has.
    async fn put(
        &self,
        id: &UserId,
        user: &User,
        email: &Identity,
    ) -> anyhow::Result<(SsoCreation, Nonce)> {
        let pk = user_key(&self.realm, id);
        let nonce = Nonce::random();
        let owned = Owned::from([(email.as_str().to_owned(), nonce.as_str().to_owned())]);
        let of = |user: &User| {
            item(pk.clone(), user)
                .with("creation", string(nonce.as_str()))
                .with("revision", string(nonce.as_str()))
                .with(IDENTITIES, text_map(&owned))
        };
        let is_absent = "attribute_not_exists(pk)";
        let put = self.table.put(of(user)).condition_expression(is_absent);
        let write = self.table.write_put(put).await?;
        let found = match self.table.settle(&pk, write).await? {
            Settled::Applied => return Ok((SsoCreation::Created, nonce)),
            Settled::Found(found) => found,
        };
        let mut found = found.context("create a user").context(Unavailable)?;
        if is_erased(&found)? {
            // The tombstone alone knows which pointer is still to be deleted.
            self.users.clear(&self.realm, &found).await?;
            found = self.current(&pk).await?;
        }
        if is_erased(&found)? {
            // What was issued to the deleted user stays ended.
            let bound = found.some_instant("sessionsValidAfter")?;
            let user = User { sessions_valid_after: bound, ..user.clone() };
            let read = revision(&found)?;
            if replace_at_revision(&self.table, &read, of(&user), &nonce).await? {
                return Ok((SsoCreation::Created, nonce));
            }
            found = self.current(&pk).await?;
        }
        if found.some_text("creation")? == Some(nonce.as_str()) {
            return Ok((SsoCreation::Created, nonce));
        }
        let there = read_some(id, &found)?;
        let is_same = there.is_some_and(|it| it.email.identifier() == user.email.identifier());
        let reservation = found.text_map(IDENTITIES)?.remove(email.as_str());
        let reservation = reservation.map_or(nonce, Nonce::stored);
        let exists = if is_same { SsoCreation::AlreadyExists } else { SsoCreation::IdTaken };
        Ok((exists, reservation))
    }

    async fn current(&self, pk: &str) -> anyhow::Result<Item> {
        self.table.get_strong(pk).await?.context("create a user").context(Unavailable)
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
        let email = self.identity(&user.email.identifier(), now).await?;
        unlocks.unlock(&self.realm, &email, now).await
    }

    pub(crate) async fn identity(
        &self,
        identifier: &Identifier,
        now: Timestamp,
    ) -> anyhow::Result<Identity> {
        self.users.identity(&self.realm, identifier, now).await
    }
}
