//! Changes and deletion of a user of the identity provider.

use std::time::Duration;

use anyhow::anyhow;
use domain::id::{Nonce, NumericId, UserId};
use domain::identifier::{Email, Identifier, Identity};
use domain::sso::User;
use domain::time::Timestamp;
use runtime::outage::Unavailable;
use store::item::{Item, is_erased, text_map};
use store::sso_user::{item, read_some};
use store::user_item::{IDENTITIES, Owned, Pointer, identity_key, user_key};

use crate::reservation::{Reservations, Reserved};
use crate::revision::{ATTEMPTS, replace_at_revision, update_at_revision};
use crate::sso_user::SsoUsers;
use crate::tombstone::Deleted;
use crate::user_deletion::user_tombstone;

/// The outcome of an update.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum SsoUpdate {
    /// The user after the update, which may have changed nothing.
    Updated(Box<User>),
    NotFound,
    /// Another user has the new email address. Nothing was changed.
    EmailTaken,
}

/// A user as read, with what only operators see.
struct Read {
    user: User,
    identities: Owned,
    /// `None` for a user whom nobody has changed since revisions exist.
    revision: Option<Nonce>,
}

impl SsoUsers {
    /// Updates a user. A new address is reserved before the user's item has it, and the old one is released
    /// afterwards. `change` runs again if another update was faster. It can't change the id, nor
    /// `changed_at`, `last_login` and `sessions_valid_after`, which have writes of their own.
    ///
    /// # Errors
    /// The update may or may not have been applied. Repeating it is safe.
    pub async fn update(
        &self,
        id: NumericId,
        change: impl Fn(&mut User) + Send,
        now: Timestamp,
    ) -> anyhow::Result<SsoUpdate> {
        let id = UserId::from(id);
        for _ in 0..ATTEMPTS {
            let found = self.table.get_strong(&user_key(&self.realm, &id)).await?;
            let Some(before) = self.read(&id, found.as_ref(), now).await? else {
                return Ok(SsoUpdate::NotFound);
            };
            let mut user = before.user.clone();
            change(&mut user);
            if let Some(update) = self.try_update(&id, &before, user, now).await? {
                return Ok(update);
            }
        }
        Err(anyhow!("update a user").context(Unavailable))
    }

    /// `None` if the user was changed since it was read.
    async fn try_update(
        &self,
        id: &UserId,
        before: &Read,
        mut user: User,
        now: Timestamp,
    ) -> anyhow::Result<Option<SsoUpdate>> {
        let there = &before.user;
        user.changed_at = there.changed_at;
        user.last_login = there.last_login;
        user.sessions_valid_after = there.sessions_valid_after;
        if user == *there {
            return Ok(Some(SsoUpdate::Updated(Box::new(user))));
        }
        // Services read it: it moves forward also if a clock doesn't.
        user.changed_at = now.max(there.changed_at.plus(Duration::from_millis(1)));
        let email = self.identity(&user.email.identifier(), now).await?;
        let mut reservations = Reservations::new(&self.realm, id);
        let owned = if let Some(reservation) = before.identities.get(email.as_str()) {
            Owned::from([(email.as_str().to_owned(), reservation.clone())])
        } else {
            let new = [email];
            match self.users.reserve_all(&mut reservations, &new).await? {
                Reserved::Ours => {}
                Reserved::Taken { .. } => return Ok(Some(SsoUpdate::EmailTaken)),
            }
            let nonce = reservations.nonce.as_str();
            new.iter().map(|it| (it.as_str().to_owned(), nonce.to_owned())).collect()
        };
        let pk = user_key(&self.realm, id);
        // The item of a user from before doesn't list identities: they are written, too.
        let listed = before.revision.is_some().then(|| text_map(&before.identities));
        let old = item(pk.clone(), there).with_some(IDENTITIES, listed);
        let new = item(pk.clone(), &user).with(IDENTITIES, text_map(&owned));
        let (revision, nonce) = (before.revision.as_ref(), &reservations.nonce);
        if !update_at_revision(&self.table, &pk, revision, (&old, &new), nonce).await? {
            self.users.release_all(&reservations).await;
            return Ok(None);
        }
        for (identity, reservation) in &before.identities {
            if !owned.contains_key(identity) {
                let (identity, reservation) =
                    (Identity::stored(identity.as_str()), Nonce::stored(reservation.as_str()));
                self.users.release(&self.realm, &identity, &reservation).await;
            }
        }
        Ok(Some(SsoUpdate::Updated(Box::new(user))))
    }

    /// Enables or disables a user.
    pub async fn set_active(
        &self,
        id: NumericId,
        is_active: bool,
        now: Timestamp,
    ) -> anyhow::Result<SsoUpdate> {
        self.update(id, |user| user.is_active = is_active, now).await
    }

    /// Deletes a user, or completes a deletion that was cut off; `None` if there is no such user. Id and
    /// address are free then. The steps are those of [`crate::Users::delete`].
    ///
    /// # Errors
    /// Some of it may have been done. Repeating it is safe.
    pub async fn delete(
        &self,
        id: NumericId,
        clock: impl Fn() -> Timestamp + Send + Sync,
    ) -> anyhow::Result<Option<Deleted>> {
        let (user, mut bound) = (UserId::from(id), None);
        let pk = user_key(&self.realm, &user);
        for _ in 0..ATTEMPTS {
            let found = self.table.get_strong(&pk).await?;
            if let Some(found) = &found
                && is_erased(found)?
            {
                self.users.clear(&self.realm, found).await?;
                return Deleted::of(found);
            }
            let Some(read) = self.read(&user, found.as_ref(), clock()).await? else {
                return Ok(None);
            };
            if read.user.is_active {
                // The write may be lost to another change: the item is read again.
                let _ = self.set_active(id, false, clock()).await?;
                bound = None;
            } else if bound.is_none() {
                bound = Some(self.sign_out(id, &clock).await?);
            } else {
                let tombstone = user_tombstone(&pk, &read.identities, bound, clock());
                let (revision, nonce) = (read.revision.as_ref(), Nonce::random());
                replace_at_revision(&self.table, revision, tombstone, &nonce).await?;
            }
        }
        Err(anyhow!("delete a user").context(Unavailable))
    }

    /// What is left of a deleted user; `None` if there is no tombstone.
    pub async fn deleted(&self, id: NumericId) -> anyhow::Result<Option<Deleted>> {
        self.users.deleted(&self.realm, &id.into()).await
    }

    /// The user who owned an address and whose deletion was cut off.
    pub async fn half_deleted(
        &self,
        email: &Email,
        now: Timestamp,
    ) -> anyhow::Result<Option<NumericId>> {
        let identity = self.identity(&Identifier::Email(email.clone()), now).await?;
        let id = self.users.half_deleted(&self.realm, &identity).await?;
        Ok(id.map(|id| NumericId::parse(id.as_str())).transpose()?)
    }

    async fn read(
        &self,
        id: &UserId,
        found: Option<&Item>,
        now: Timestamp,
    ) -> anyhow::Result<Option<Read>> {
        let Some(found) = found else { return Ok(None) };
        let Some(user) = read_some(id, found)? else { return Ok(None) };
        let revision = found.some_text("revision")?.map(Nonce::stored);
        let identities = if found.has_some(IDENTITIES) {
            found.text_map(IDENTITIES)?
        } else {
            self.identities_from_before(id, &user, now).await?
        };
        Ok(Some(Read { user, identities, revision }))
    }

    /// The identities of a user whose item doesn't list them: that of the address, if its pointer leads here.
    async fn identities_from_before(
        &self,
        id: &UserId,
        user: &User,
        now: Timestamp,
    ) -> anyhow::Result<Owned> {
        let email = self.identity(&user.email.identifier(), now).await?;
        let pointer = self.table.get_strong(&identity_key(&self.realm, &email)).await?;
        let pointer = pointer.as_ref().map(Pointer::of).transpose()?;
        let pointer = pointer.filter(|pointer| pointer.user == *id);
        let owned =
            pointer.map(|it| (email.as_str().to_owned(), it.reservation.as_str().to_owned()));
        Ok(owned.into_iter().collect())
    }
}
