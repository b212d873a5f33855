//! Changes of a user by an operator.

use anyhow::anyhow;
use domain::id::{Nonce, OrganizationId, UserId};
use domain::identifier::Identity;
use domain::time::Timestamp;
use domain::user::User;
use runtime::outage::Unavailable;
use store::item::text_map;
use store::user_item::{Owned, Stored, item, user_key};

use crate::reservation::{Reservations, Reserved};
use crate::revision::{ATTEMPTS, amend};
use crate::user_creation::kind_of;
use crate::users::Users;

/// What became of a change.
#[must_use]
#[derive(Debug, PartialEq)]
pub enum Update {
    /// The user as it is now; also when it was so before.
    Updated(Box<User>),
    /// There is no such user (any more).
    NotFound,
    /// Another user has an identifier of this kind. Nothing was changed.
    IdentifierTaken { by: UserId, kind: &'static str },
}

impl Users {
    /// Changes a user, as it was read. A new identifier is reserved before the user's item lists it,
    /// and an old one is released afterwards: see `reservation.rs`. `change` runs again when another
    /// change was faster; it can't touch `sessions_valid_after`, which moves by itself.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told. Doing it again is safe.
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
        Err(anyhow!("change a user").context(Unavailable))
    }

    /// Refuses the user everywhere from now on, or no longer. What was issued before stays refused only
    /// if it is ended, too: see [`Users::sign_out`].
    pub async fn set_disabled(
        &self,
        read: &Stored,
        disabled: bool,
        now: Timestamp,
    ) -> anyhow::Result<Update> {
        self.update(read, |user| user.disabled = disabled, now).await
    }

    /// `None` when the user is not as it was read any more.
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
        let items = (&before.item(), &item(&user).with("identities", text_map(&identities.owned)));
        let pk = user_key(organization, id);
        if !amend(&self.table, &pk, &before.revision, items, &reservations.nonce).await? {
            self.release_all(&reservations).await;
            return Ok(None);
        }
        for (identity, reservation) in identities.dropped {
            self.give_up(organization, &identity, &reservation).await;
        }
        Ok(Some(Update::Updated(Box::new(user))))
    }

    /// An identity that its user no longer owns: its code is withdrawn first, since who was sent one
    /// must not sign in as the next owner. While that fails, the pointer stays: it leads nowhere, and
    /// the next owner, who has to take it over, withdraws the code.
    async fn give_up(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
        reservation: &Nonce,
    ) {
        match self.codes.withdraw(organization, identity).await {
            Ok(()) => self.release(organization, identity, reservation).await,
            Err(error) => tracing::warn!("withdraw the code of an old identifier: {error:#}"),
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

/// What a user will own, and how that differs from what the user owns.
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
