//! Who owns an identifier. Two items have a say: the pointer `IDENT#` names a user, and that user's
//! item lists what the user owns. Only where both agree does an identifier lead to a user.
//!
//! 1. A pointer is reserved first. While the user that it names doesn't list it, it leads nowhere.
//! 2. One write of the user's item commits: it creates the user, or changes it, with the new list.
//! 3. What the user no longer lists is released. Left behind, it leads nowhere either.
//!
//! A pointer that its user doesn't list belongs to a commit that is under way, or to one that was cut
//! off. It gets [`GRACE`]. Then its commit is made impossible by a write of the user's item, where the
//! commit would have to be made, and only then the pointer is taken over.

use std::time::Duration;

use anyhow::anyhow;
use domain::id::{Nonce, OrganizationId, UserId};
use domain::identifier::Identity;
use runtime::outage::Unavailable;
use store::item::{Item, string};
use store::table::{Settled, Write};
use store::user_item::{Pointer, Stored, closed, identity_key, is_closed, revision, user_key};
use tokio::time::{Instant, sleep};

use crate::delete::delete;
use crate::users::Users;

/// How long another operator's unfinished reservation is left alone. A commit follows its reservations
/// within milliseconds; a slower one only loses to the operator who takes over.
const GRACE: Duration = Duration::from_secs(3);

/// How often it is looked at meanwhile.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// How long we try in all, when other reservations keep coming.
const DEADLINE: Duration = Duration::from_secs(15);

/// Identifiers for one user, all under the nonce of one write.
pub(crate) struct Reservations<'r> {
    organization: &'r OrganizationId,
    user: &'r UserId,
    pub(crate) nonce: Nonce,
    /// What is to be released if the commit is refused.
    fresh: Vec<Identity>,
}

/// What became of reserving.
#[must_use]
pub(crate) enum Reserved {
    /// The pointers lead to our user.
    Ours,
    /// Another user owns this identity.
    Taken { by: UserId, identity: Identity },
}

/// What stands behind a pointer.
enum Standing {
    Owner,
    /// A commit may still come; with the revision of the item that it would have to replace, if there
    /// is one.
    Unfinished(Option<Nonce>),
    /// No commit can come any more.
    Abandoned,
}

impl<'r> Reservations<'r> {
    pub(crate) fn new(organization: &'r OrganizationId, user: &'r UserId) -> Self {
        Self { organization, user, nonce: Nonce::random(), fresh: Vec::new() }
    }
}

impl Users {
    /// Reserves all of them, or none. Always in one order: two operators who want the same identifiers
    /// never wait for each other.
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

    /// Releases what was reserved for a commit that was refused.
    pub(crate) async fn release_all(&self, reservations: &Reservations<'_>) {
        for identity in &reservations.fresh {
            self.release(reservations.organization, identity, &reservations.nonce).await;
        }
    }

    /// Removes a pointer that its user doesn't list. It leads nowhere, so it may stay when it can't be
    /// removed.
    pub(crate) async fn release(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
        reservation: &Nonce,
    ) {
        let is_ours = ("reservation", reservation.as_str());
        match delete(&self.table, &identity_key(organization, identity), is_ours).await {
            Ok(Write::Applied(_) | Write::Lost(_)) => {}
            Ok(Write::InDoubt(error)) | Err(error) => {
                tracing::warn!("release an identifier: {error:#}");
            }
        }
    }

    /// For users whose item is put first and whose identifier never moves: has an identity lead to
    /// one, unless it leads to another. Whether it does.
    pub(crate) async fn reserve_for_good(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        identity: &Identity,
    ) -> anyhow::Result<bool> {
        let reservations = Reservations::new(organization, id);
        let found = self.put_pointer(&reservations, identity).await?;
        Ok(found.is_none_or(|found| found.user == *id))
    }

    async fn reserve(
        &self,
        reservations: &mut Reservations<'_>,
        identity: &Identity,
    ) -> anyhow::Result<Reserved> {
        let began = Instant::now();
        let mut met: Option<(Nonce, Instant)> = None;
        while began.elapsed() < DEADLINE {
            let Some(pointer) = self.put_pointer(reservations, identity).await? else {
                reservations.fresh.push(identity.clone());
                return Ok(Reserved::Ours);
            };
            let organization = reservations.organization;
            let is_own = pointer.user == *reservations.user;
            let standing = self.standing(organization, &pointer.user, identity).await?;
            let since = match &met {
                Some((reservation, since)) if *reservation == pointer.reservation => *since,
                _ => met.insert((pointer.reservation.clone(), Instant::now())).1,
            };
            let is_free = match standing {
                Standing::Owner if is_own => return Ok(Reserved::Ours),
                Standing::Owner => {
                    return Ok(Reserved::Taken { by: pointer.user, identity: identity.clone() });
                }
                // The commit on this very item decides between us and the other operator.
                Standing::Unfinished(_) if is_own => true,
                Standing::Abandoned => true,
                Standing::Unfinished(seen) if since.elapsed() >= GRACE => {
                    self.rule_out(organization, &pointer.user, seen).await?
                }
                Standing::Unfinished(_) => false,
            };
            if is_free && self.take_over(reservations, identity, &pointer.reservation).await? {
                // Another operator's change of our user may count on a pointer that was its own.
                if !is_own {
                    reservations.fresh.push(identity.clone());
                }
                // The owner before may have left a code behind: see `give_up`.
                self.codes.withdraw(organization, identity).await?;
                return Ok(Reserved::Ours);
            }
            sleep(POLL_INTERVAL).await;
        }
        Err(anyhow!("reserve an identifier").context(Unavailable))
    }

    /// Puts the pointer, or returns the one that is there.
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

    async fn standing(
        &self,
        organization: &OrganizationId,
        user: &UserId,
        identity: &Identity,
    ) -> anyhow::Result<Standing> {
        let Some(item) = self.table.get_strong(&user_key(organization, user)).await? else {
            return Ok(Standing::Unfinished(None));
        };
        if is_closed(&item)? {
            return Ok(Standing::Abandoned);
        }
        let stored = Stored::of(organization, user, &item)?;
        let is_owner = stored.is_some_and(|stored| stored.owns(identity));
        if is_owner {
            Ok(Standing::Owner)
        } else {
            Ok(Standing::Unfinished(Some(revision(&item)?)))
        }
    }

    /// Makes every commit impossible that would replace what was `seen` of a user. Whether it did.
    async fn rule_out(
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
            Settled::Found(None) => Err(anyhow!("rule a commit out").context(Unavailable)),
        }
    }

    /// Has a pointer that is still as it was seen lead to our user. Whether it does.
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
            .update_expression("SET userId = :user, reservation = :reservation")
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
