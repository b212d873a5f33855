//! Deletion of a user, and what is left of one.
//!
//! 1. The user is disabled and signed out, so that no session, token or code is issued that the next user with
//!    this id could be taken for.
//! 2. One write commits: a tombstone replaces the user's item. Nothing personal is left in it but the identities
//!    that the user owned, which are HMACs.
//! 3. The codes of these identities are withdrawn and their pointers deleted. Then the tombstone forgets them.
//!
//! A deletion that was cut off is continued by the next one: the tombstone says what is left to do. A late
//! copy of any write finds the tombstone, and another revision than it read.

use std::time::Duration;

use anyhow::anyhow;
use domain::id::{Nonce, OrganizationId, UserId};
use domain::identifier::Identity;
use domain::time::Timestamp;
use domain::token::refresh::ABSOLUTE_LIFETIME;
use runtime::outage::Unavailable;
use store::item::{Item, flag, instant, is_erased, string, text_map};
use store::table::{Table, Write};
use store::user_item::{IDENTITIES, Owned, Stored, identity_key, revision, user_key};

use crate::revision::{ATTEMPTS, replace_at_revision, update_at_revision};
use crate::tombstone::{Deleted, tombstone};
use crate::user_update::Update;
use crate::users::Users;

/// How long the tombstone of a user stays. Every session of the user is over by then: the tombstone passes its
/// sign-out on to a new user with the same id.
const TOMBSTONE: Duration = Duration::from_secs(ABSOLUTE_LIFETIME.as_secs() + 24 * 3600);

/// The tombstone of a user of an organization or of the identity provider. It ends the sessions that `bound`
/// ends. Functions know it as `closed`.
pub(crate) fn user_tombstone(
    pk: &str,
    identities: &Owned,
    bound: Option<Timestamp>,
    now: Timestamp,
) -> Item {
    let identities = (!identities.is_empty()).then(|| text_map(identities));
    let until = Some(now.plus(TOMBSTONE));
    tombstone(pk, now, until)
        .with("closed", flag(true))
        .with_some("sessionsValidAfter", bound.map(instant))
        .with_some(IDENTITIES, identities)
}

/// A user's item, as a deletion meets it.
enum Met {
    Nobody,
    User(Box<Stored>),
    Tombstone(Item),
}

impl Users {
    /// Deletes a user, or completes a deletion that was cut off; `None` if there is no such user.
    ///
    /// # Errors
    /// Some of it may have been done. Repeating it is safe.
    pub async fn delete(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        clock: impl Fn() -> Timestamp + Send + Sync,
    ) -> anyhow::Result<Option<Deleted>> {
        let mut bound = None;
        for _ in 0..ATTEMPTS {
            let stored = match self.met(organization, id).await? {
                Met::Nobody => return Ok(None),
                Met::Tombstone(found) => {
                    self.clear(organization, &found).await?;
                    return Deleted::of(&found);
                }
                Met::User(stored) => *stored,
            };
            if !stored.user.disabled {
                // The write may be lost to another change: the item is read again.
                let _: Update = self.set_disabled(&stored, true, clock()).await?;
                bound = None;
            } else if bound.is_none() {
                bound = Some(self.sign_out(organization, id, &clock).await?);
            } else {
                let pk = user_key(organization, id);
                let tombstone = user_tombstone(&pk, &stored.identities, bound, clock());
                replace_at_revision(&self.table, &stored.revision, tombstone, &Nonce::random())
                    .await?;
            }
        }
        Err(anyhow!("delete a user").context(Unavailable))
    }

    /// Whether, and until when, there is a tombstone of a user.
    pub async fn deleted(
        &self,
        organization: &OrganizationId,
        id: &UserId,
    ) -> anyhow::Result<Option<Deleted>> {
        let item = self.table.get_strong(&user_key(organization, id)).await?;
        item.as_ref().map_or(Ok(None), Deleted::of)
    }

    /// The user who owned an identity and whose deletion was cut off.
    pub async fn half_deleted(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
    ) -> anyhow::Result<Option<UserId>> {
        let Some(id) = self.identified(organization, identity).await? else { return Ok(None) };
        Ok(self.deleted(organization, &id).await?.map(|_| id))
    }

    async fn met(&self, organization: &OrganizationId, id: &UserId) -> anyhow::Result<Met> {
        let Some(item) = self.table.get_strong(&user_key(organization, id)).await? else {
            return Ok(Met::Nobody);
        };
        if is_erased(&item)? {
            return Ok(Met::Tombstone(item));
        }
        // An id that is closed is that of a user who never was.
        let stored = Stored::of(organization, id, &item)?;
        Ok(stored.map_or(Met::Nobody, |stored| Met::User(Box::new(stored))))
    }

    /// Completes the deletion that a tombstone is of: withdraws the codes of its identities, deletes their
    /// pointers, and then makes it forget them.
    pub(crate) async fn clear(
        &self,
        organization: &OrganizationId,
        found: &Item,
    ) -> anyhow::Result<()> {
        let identities = found.text_map(IDENTITIES)?;
        if identities.is_empty() {
            return Ok(());
        }
        for (identity, reservation) in &identities {
            let identity = Identity::stored(identity.as_str());
            // A person who received the code must not sign in as the next owner.
            self.codes.withdraw(organization, &identity).await?;
            delete_pointer(&self.table, organization, &identity, reservation).await?;
        }
        let pk = found.text("pk")?;
        let before = Item::default().with(IDENTITIES, text_map(&identities));
        let (items, nonce) = ((&before, &Item::default()), Nonce::random());
        // If another command was faster, it has done the same, or made a new user of the tombstone.
        update_at_revision(&self.table, pk, &revision(found)?, items, &nonce).await?;
        Ok(())
    }
}

/// Deletes a pointer for good, if it has this reservation.
pub(crate) async fn delete_pointer(
    users: &Table,
    organization: &OrganizationId,
    identity: &Identity,
    reservation: &str,
) -> anyhow::Result<()> {
    let (pk, is_ours) = (identity_key(organization, identity), ("reservation", reservation));
    match users.delete_for_good(&pk, is_ours).await? {
        Write::Lost(Some(found)) if found.has("reservation", &string(reservation)) => {
            Err(anyhow!("delete the pointer of an identifier").context(Unavailable))
        }
        // It is gone, or leads to its next owner.
        Write::Applied(_) | Write::Lost(_) => Ok(()),
        Write::InDoubt(error) => match users.get_strong(&pk).await? {
            Some(found) if found.has("reservation", &string(reservation)) => Err(error),
            Some(_) | None => Ok(()),
        },
    }
}
