//! Ownership of identifiers. Two items decide about it: the pointer `IDENT#` names a user, and that
//! user's item lists the identities that the user owns. A pointer counts only if both agree.
//!
//! 1. A command puts the pointer first: a reservation. It doesn't count until its user lists it.
//! 2. One write of the user's item commits: it creates or updates the user with the new list.
//! 3. The command deletes pointers that the user no longer lists. If one stays, it doesn't count.
//!
//! A pointer that its user doesn't list belongs to a command that is still running, or that was
//! interrupted. It is left alone for [`GRACE`]. Then a write of the user's item makes the commit of that
//! command impossible, and only after that write the pointer is taken over.

use std::time::Duration;

use anyhow::anyhow;
use domain::id::{Nonce, OrganizationId, UserId};
use domain::identifier::Identity;
use runtime::outage::Unavailable;
use store::item::{DELETED_BY, Item, is_erased, string};
use store::sso_user;
use store::table::{Settled, Write};
use store::user_item::{IDENTITIES, Pointer, closed, identity_key, is_closed, revision, user_key};
use tokio::time::{Instant, sleep};

use crate::users::Users;

/// How long another operator's unfinished reservation is left alone. A commit follows its reservations
/// within milliseconds; a slower commit loses to the operator who takes over.
const GRACE: Duration = Duration::from_secs(3);

/// The interval in which an unfinished reservation is read again.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// How long we try to reserve one identity while other commands reserve it, too.
const DEADLINE: Duration = Duration::from_secs(15);

/// The reservations of one write, for one user. All have the same nonce.
pub(crate) struct Reservations<'r> {
    organization: &'r OrganizationId,
    user: &'r UserId,
    pub(crate) nonce: Nonce,
    /// New reservations, which are released if the commit fails.
    fresh: Vec<Identity>,
}

/// The outcome of reserving identities.
#[must_use]
pub(crate) enum Reserved {
    /// The pointers lead to our user.
    Ours,
    /// Another user owns this identity.
    Taken { by: UserId, identity: Identity },
}

/// What the user's item says about a pointer.
enum PointerState {
    /// The user owns the identity.
    Owned,
    /// A commit may still come. It would replace this revision of the user's item, if there is one.
    Unfinished(Option<Nonce>),
    /// A commit can't come any more.
    Abandoned,
}

impl<'r> Reservations<'r> {
    pub(crate) fn new(organization: &'r OrganizationId, user: &'r UserId) -> Self {
        Self::with(organization, user, Nonce::random())
    }

    pub(crate) fn with(organization: &'r OrganizationId, user: &'r UserId, nonce: Nonce) -> Self {
        Self { organization, user, nonce, fresh: Vec::new() }
    }
}

impl Users {
    /// Reserves all identities, or none. The order is always the same, so that two operators who
    /// reserve the same identities never wait for each other.
    pub(crate) async fn reserve_all(
        &self,
        reservations: &mut Reservations<'_>,
        identities: &[Identity],
    ) -> anyhow::Result<Reserved> {
        let mut identities: Vec<&Identity> = identities.iter().collect();
        identities.sort_by_key(|identity| identity.as_str());
        for identity in identities {
            let reserved = self.reserve(reservations, identity).await?;
            if let Reserved::Taken { .. } = reserved {
                self.release_all(reservations).await;
                return Ok(reserved);
            }
        }
        Ok(Reserved::Ours)
    }

    /// Releases the new reservations of a commit that failed.
    pub(crate) async fn release_all(&self, reservations: &Reservations<'_>) {
        for identity in &reservations.fresh {
            self.release(reservations.organization, identity, &reservations.nonce).await;
        }
    }

    /// Deletes a pointer that its user doesn't list. A failure is only logged, because the pointer
    /// doesn't count.
    pub(crate) async fn release(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
        reservation: &Nonce,
    ) {
        let is_ours = ("reservation", reservation.as_str());
        match self.table.delete_signed(&identity_key(organization, identity), is_ours).await {
            Ok(Write::Applied(_) | Write::Lost(_)) => {}
            Ok(Write::InDoubt(error)) | Err(error) => {
                tracing::warn!("an unused pointer of an identifier was not deleted: {error:#}");
            }
        }
    }

    async fn reserve(
        &self,
        reservations: &mut Reservations<'_>,
        identity: &Identity,
    ) -> anyhow::Result<Reserved> {
        let began = Instant::now();
        let mut waiting_for: Option<(Nonce, Instant)> = None;
        while began.elapsed() < DEADLINE {
            let Some(pointer) = self.put_pointer(reservations, identity).await? else {
                reservations.fresh.push(identity.clone());
                return Ok(Reserved::Ours);
            };
            let organization = reservations.organization;
            let is_own = pointer.user == *reservations.user;
            let state = self.pointer_state(organization, &pointer.user, identity).await?;
            let since = match &waiting_for {
                Some((reservation, since)) if *reservation == pointer.reservation => *since,
                _ => waiting_for.insert((pointer.reservation.clone(), Instant::now())).1,
            };
            let is_free = match state {
                PointerState::Owned if is_own => return Ok(Reserved::Ours),
                PointerState::Owned => {
                    return Ok(Reserved::Taken { by: pointer.user, identity: identity.clone() });
                }
                // Both commands commit on the same item, so one of them loses there.
                PointerState::Unfinished(_) if is_own => true,
                PointerState::Abandoned => true,
                PointerState::Unfinished(seen) if since.elapsed() >= GRACE => {
                    self.prevent_commit(organization, &pointer.user, seen).await?
                }
                PointerState::Unfinished(_) => false,
            };
            if is_free && self.take_over(reservations, identity, &pointer.reservation).await? {
                // If the pointer named our user before, another operator's commit may need it.
                if !is_own {
                    reservations.fresh.push(identity.clone());
                }
                // The former owner may have a live code: see `drop_identity`.
                self.codes.withdraw(organization, identity).await?;
                return Ok(Reserved::Ours);
            }
            sleep(POLL_INTERVAL).await;
        }
        Err(anyhow!("reserve an identifier").context(Unavailable))
    }

    /// Puts the pointer, or returns the one that exists.
    async fn put_pointer(
        &self,
        reservations: &Reservations<'_>,
        identity: &Identity,
    ) -> anyhow::Result<Option<Pointer>> {
        let pk = identity_key(reservations.organization, identity);
        let pointer = Item::new(pk.clone())
            .with("userId", string(reservations.user.as_str()))
            .with("reservation", string(reservations.nonce.as_str()));
        let is_absent = "attribute_not_exists(pk)";
        let put = self.table.put(pointer).condition_expression(is_absent);
        let write = self.table.write_put(put).await?;
        match self.table.settle(&pk, write).await? {
            Settled::Applied => Ok(None),
            Settled::Found(Some(found)) => {
                let found = Pointer::of(&found)?;
                Ok((found.reservation != reservations.nonce).then_some(found))
            }
            Settled::Found(None) => Err(anyhow!("reserve an identifier").context(Unavailable)),
        }
    }

    async fn pointer_state(
        &self,
        organization: &OrganizationId,
        user: &UserId,
        identity: &Identity,
    ) -> anyhow::Result<PointerState> {
        let is_of_realm = *organization == OrganizationId::sso();
        let Some(item) = self.table.get_strong(&user_key(organization, user)).await? else {
            // In the realm of the identity provider, a user's item is put before any pointer.
            let none = PointerState::Unfinished(None);
            return Ok(if is_of_realm { PointerState::Abandoned } else { none });
        };
        if is_erased(&item)? {
            // A new user may be about to replace the tombstone.
            return Ok(PointerState::Unfinished(Some(revision(&item)?)));
        }
        if is_closed(&item)? {
            return Ok(PointerState::Abandoned);
        }
        let is_owner = if is_of_realm {
            sso_user::owns(&item, identity)?
        } else {
            item.text_map(IDENTITIES)?.contains_key(identity.as_str())
        };
        if is_owner {
            Ok(PointerState::Owned)
        } else {
            Ok(PointerState::Unfinished(Some(revision(&item)?)))
        }
    }

    /// Makes every commit fail that would replace the revision `seen` of a user's item or, without
    /// one, create the user. `false` if the item has changed.
    async fn prevent_commit(
        &self,
        organization: &OrganizationId,
        user: &UserId,
        seen: Option<Nonce>,
    ) -> anyhow::Result<bool> {
        let (pk, fresh) = (user_key(organization, user), Nonce::random());
        let write = if let Some(seen) = seen {
            let is_as_seen = "revision = :seen";
            let update = self
                .table
                .update(&pk)
                .update_expression("SET revision = :fresh")
                .condition_expression(is_as_seen)
                .expression_attribute_values(":seen", string(seen.as_str()))
                .expression_attribute_values(":fresh", string(fresh.as_str()));
            self.table.write_update(update).await?
        } else {
            let is_absent = "attribute_not_exists(pk)";
            let put = self.table.put(closed(&pk, &fresh)).condition_expression(is_absent);
            self.table.write_put(put).await?
        };
        match self.table.settle(&pk, write).await? {
            Settled::Applied => Ok(true),
            Settled::Found(Some(found)) => Ok(revision(&found)? == fresh),
            Settled::Found(None) => Err(anyhow!("prevent a commit").context(Unavailable)),
        }
    }

    /// Makes a pointer lead to our user, if its reservation is still the one that was seen; `false` if
    /// it isn't.
    async fn take_over(
        &self,
        reservations: &Reservations<'_>,
        identity: &Identity,
        seen: &Nonce,
    ) -> anyhow::Result<bool> {
        let pk = identity_key(reservations.organization, identity);
        let is_as_seen = "reservation = :seen";
        let update = self
            .table
            .update(&pk)
            .update_expression(format!(
                "SET userId = :user, reservation = :reservation REMOVE {DELETED_BY}"
            ))
            .condition_expression(is_as_seen)
            .expression_attribute_values(":seen", string(seen.as_str()))
            .expression_attribute_values(":user", string(reservations.user.as_str()))
            .expression_attribute_values(":reservation", string(reservations.nonce.as_str()));
        let write = self.table.write_update(update).await?;
        let Settled::Found(found) = self.table.settle(&pk, write).await? else { return Ok(true) };
        let found = found.as_ref().map(Pointer::of).transpose()?;
        Ok(found.is_some_and(|found| found.reservation == reservations.nonce))
    }
}
