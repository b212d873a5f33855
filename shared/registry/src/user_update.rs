//! Updates of a user by an operator.

use anyhow::anyhow;
use domain::id::{Nonce, OrganizationId, UserId};
use domain::identifier::Identity;
use domain::time::Timestamp;
use domain::user::User;
use runtime::outage::Unavailable;
use store::item::text_map;
use store::user_item::{IDENTITIES, Owned, Stored, item, user_key};

use crate::reservation::{Reservations, Reserved};
use crate::revision::{ATTEMPTS, update_at_revision};
use crate::user_creation::kind_of;
use crate::users::Users;

/// The outcome of an update.
#[must_use]
#[derive(Debug, PartialEq)]
pub enum Update {
    /// The user after the update, which may have changed nothing.
    Updated(Box<User>),
    NotFound,
    /// Another user has the new identifier of this kind. Nothing was changed.
    IdentifierTaken {
        by: UserId,
        kind: &'static str,
    },
}

impl Users {
    /// Updates a user. A new identifier is reserved before the user's item lists it, and an old one is
    /// released afterwards: see `reservation.rs`. `change` runs again if another update was faster. It
    /// can't change `sessions_valid_after`, which [`Users::end_sessions`] moves.
    ///
    /// # Errors
    /// The update may or may not have been applied. Repeating it is safe.
    pub async fn update(
        &self,
        read: &Stored,
        change: impl Fn(&mut User) + Send,
        now: Timestamp,
    ) -> anyhow::Result<Update> {
        let (organization, id) = (&read.user.organization, &read.user.id);
        let mut before = read.clone();
        for _ in 0..ATTEMPTS {
            if let Some(update) = self.try_update(&before, &change, now).await? {
                return Ok(update);
            }
            let Some(found) = self.find(organization, id).await? else {
                return Ok(Update::NotFound);
            };
            before = found;
        }
        Err(anyhow!("update a user").context(Unavailable))
    }

    /// Disables or enables the user. Sessions and tokens from before work again once the user is
    /// enabled, unless [`Users::sign_out`] ends them, too.
    pub async fn set_disabled(
        &self,
        read: &Stored,
        disabled: bool,
        now: Timestamp,
    ) -> anyhow::Result<Update> {
        self.update(read, |user| user.disabled = disabled, now).await
    }

    /// `None` if the user was changed since it was read.
    async fn try_update(
        &self,
        before: &Stored,
        change: impl Fn(&mut User),
        now: Timestamp,
    ) -> anyhow::Result<Option<Update>> {
        let mut user = before.user.clone();
        change(&mut user);
        user.sessions_valid_after = before.user.sessions_valid_after;
        if user == before.user {
            return Ok(Some(Update::Updated(Box::new(user))));
        }
        let (organization, id) = (&user.organization, &user.id);
        let mut reservations = Reservations::new(organization, id);
        let identities = self.identities(before, &user, &reservations.nonce, now).await?;
        let reserved = self.reserve_all(&mut reservations, &identities.added).await?;
        if let Reserved::Taken { by, identity } = reserved {
            let kind = kind_of(&user, &identities.all, &identity);
            return Ok(Some(Update::IdentifierTaken { by, kind }));
        }
        let items = (&before.item(), &item(&user).with(IDENTITIES, text_map(&identities.owned)));
        let pk = user_key(organization, id);
        let nonce = &reservations.nonce;
        if !update_at_revision(&self.table, &pk, &before.revision, items, nonce).await? {
            self.release_all(&reservations).await;
            return Ok(None);
        }
        for (identity, reservation) in identities.dropped {
            self.drop_identity(organization, &identity, &reservation).await;
        }
        Ok(Some(Update::Updated(Box::new(user))))
    }

    /// Releases an identity that its user no longer owns. Its code is withdrawn first: a person who
    /// received it must not sign in as the next owner. If that fails, the pointer stays, so that the
    /// command that takes it over withdraws the code.
    async fn drop_identity(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
        reservation: &Nonce,
    ) {
        match self.codes.withdraw(organization, identity).await {
            Ok(()) => self.release(organization, identity, reservation).await,
            Err(error) => {
                tracing::warn!("the code of an old identifier was not withdrawn: {error:#}");
            }
        }
    }

    async fn identities(
        &self,
        before: &Stored,
        user: &User,
        nonce: &Nonce,
        now: Timestamp,
    ) -> anyhow::Result<Identities> {
        let identifiers = user.identifiers();
        if identifiers == before.user.identifiers() {
            return Ok(Identities { owned: before.identities.clone(), ..Identities::default() });
        }
        let key = self.key(now).await?;
        let identity = |identifier| Identity::of(&key, &user.organization, identifier);
        Ok(Identities::of(&before.identities, identifiers.iter().map(identity).collect(), nonce))
    }
}

/// The identities of a user after an update, and the differences to those before.
#[derive(Default)]
struct Identities {
    all: Vec<Identity>,
    owned: Owned,
    added: Vec<Identity>,
    dropped: Vec<(Identity, Nonce)>,
}

impl Identities {
    fn of(before: &Owned, all: Vec<Identity>, nonce: &Nonce) -> Self {
        let reservation = |identity: &Identity| before.get(identity.as_str()).cloned();
        let owned: Owned = all
            .iter()
            .map(|identity| {
                let ours = reservation(identity).unwrap_or_else(|| nonce.as_str().to_owned());
                (identity.as_str().to_owned(), ours)
            })
            .collect();
        let dropped = before
            .iter()
            .filter(|(identity, _)| !owned.contains_key(*identity))
            .map(|(identity, reservation)| {
                (Identity::stored(identity.as_str()), Nonce::stored(reservation.as_str()))
            })
            .collect();
        let added =
            all.iter().filter(|identity| reservation(identity).is_none()).cloned().collect();
        Self { all, owned, added, dropped }
    }
}
