//! Who owns an identifier. Two items have a say: the pointer `IDENT#` names a user, and that user's
//! item lists what the user owns. Only where both agree does an identifier lead to anybody.
//!
//! 1. A pointer is claimed first. While the user it names doesn't list it, it leads nowhere.
//! 2. One write of the user's item commits: it creates the user, or changes it, with the new list.
//! 3. What the user no longer lists is released. Left behind, it leads nowhere either.
//!
//! Whoever finds a pointer that its user doesn't list meets a commit that is under way, or the rest of
//! one that was cut off. It is given [`PATIENCE`]. Then its commit is made impossible by a write of the
//! user's item, where the commit would have to be made, and only then the pointer is taken over.

use std::time::Duration;

use anyhow::anyhow;
use domain::id::{Nonce, OrganizationId, UserId};
use domain::identifier::Identity;
use tokio::time::{Instant, sleep};

use super::Users;
use super::item::{Pointer, Stored, closed, identity_key, is_closed, user_key};
use crate::aws::Unavailable;
use crate::store::amend::revision;
use crate::store::item::{Item, string};
use crate::store::table::{Settled, Write};

/// How long somebody else's unfinished claim is left alone. A commit follows its claims within
/// milliseconds; one that is slower only loses to whoever takes over.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often it is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(100);

/// How long is tried in all, when claims of others keep coming up.
const DEADLINE: Duration = Duration::from_secs(15);

/// Identifiers for one user, all under the nonce of one write.
pub(super) struct Claims<'c> {
    pub(super) organization: &'c OrganizationId,
    pub(super) user: &'c UserId,
    pub(super) nonce: Nonce,
    /// What is to be released if the commit is refused.
    fresh: Vec<Identity>,
}

/// What became of claiming.
#[must_use]
pub(super) enum Claimed {
    /// The pointer leads to our user.
    Ours,
    /// Somebody else owns the identifier.
    Taken(UserId),
}

/// What stands behind a pointer.
enum Standing {
    Owner,
    /// A commit may still come; with the item that it would have to replace, if there is one.
    Unfinished(Option<Nonce>),
    /// No commit can come any more.
    Abandoned,
}

impl<'c> Claims<'c> {
    pub(super) fn new(organization: &'c OrganizationId, user: &'c UserId) -> Self {
        Self { organization, user, nonce: Nonce::random(), fresh: Vec::new() }
    }
}

impl Users {
    /// Claims all of them, or none. In one order for everybody: two who want the same identifiers
    /// never wait for each other.
    pub(super) async fn claim_all(
        &self,
        claims: &mut Claims<'_>,
        identities: &[Identity],
    ) -> anyhow::Result<Claimed> {
        let mut identities: Vec<&Identity> = identities.iter().collect();
        identities.sort_by_key(|identity| identity.as_str());
        for identity in identities {
            if let Claimed::Taken(by) = self.claim(claims, identity).await? {
                self.release_all(claims).await;
                return Ok(Claimed::Taken(by));
            }
        }
        Ok(Claimed::Ours)
    }

    /// Releases what was claimed for a commit that was refused.
    pub(super) async fn release_all(&self, claims: &Claims<'_>) {
        for identity in &claims.fresh {
            self.release(claims.organization, identity, &claims.nonce).await;
        }
    }

    /// Removes a pointer that its user doesn't list. It leads nowhere, so that it may as well stay
    /// when it can't be removed.
    pub(super) async fn release(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
        claim: &Nonce,
    ) {
        let is_ours = "claim = :claim";
        let delete = self
            .table
            .delete(&identity_key(organization, identity))
            .condition_expression(is_ours)
            .expression_attribute_values(":claim", string(claim.as_str()));
        match self.table.write_delete(delete).await {
            Ok(Write::Applied(_) | Write::Lost(_)) => {}
            Ok(Write::InDoubt(error)) | Err(error) => {
                tracing::warn!("release an identifier: {error:#}");
            }
        }
    }

    /// For users whose item is put first and whose identifier never moves: lets an identity lead to
    /// one, unless it leads to another. Whether it does.
    pub(in crate::store) async fn claim_identity(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        identity: &Identity,
    ) -> anyhow::Result<bool> {
        let claims = Claims::new(organization, id);
        let found = self.put_pointer(&claims, identity).await?;
        Ok(found.is_none_or(|found| found.holder == *id))
    }

    async fn claim(&self, claims: &mut Claims<'_>, identity: &Identity) -> anyhow::Result<Claimed> {
        let began = Instant::now();
        let mut met: Option<(Nonce, Instant)> = None;
        while began.elapsed() < DEADLINE {
            let Some(pointer) = self.put_pointer(claims, identity).await? else {
                claims.fresh.push(identity.clone());
                return Ok(Claimed::Ours);
            };
            let is_own = pointer.holder == *claims.user;
            let standing = self.standing(claims.organization, &pointer.holder, identity).await?;
            let since = match &met {
                Some((claim, since)) if *claim == pointer.claim => *since,
                _ => met.insert((pointer.claim.clone(), Instant::now())).1,
            };
            let is_free = match standing {
                Standing::Owner if is_own => return Ok(Claimed::Ours),
                Standing::Owner => return Ok(Claimed::Taken(pointer.holder)),
                // The commit on this very item decides between us and whoever claimed it for our user.
                Standing::Unfinished(_) if is_own => true,
                Standing::Abandoned => true,
                Standing::Unfinished(seen) if since.elapsed() >= PATIENCE => {
                    self.rule_out(claims.organization, &pointer.holder, seen).await?
                }
                Standing::Unfinished(_) => false,
            };
            if is_free && self.take_over(claims, identity, &pointer.claim).await? {
                // Another one of our user's may count on a pointer that was its own.
                if !is_own {
                    claims.fresh.push(identity.clone());
                }
                return Ok(Claimed::Ours);
            }
            sleep(LOOK).await;
        }
        Err(anyhow!("claim an identifier").context(Unavailable))
    }

    /// Puts the pointer, or returns the one that is there.
    async fn put_pointer(
        &self,
        claims: &Claims<'_>,
        identity: &Identity,
    ) -> anyhow::Result<Option<Pointer>> {
        let pk = identity_key(claims.organization, identity);
        let pointer = Item::new(pk.clone())
            .with("userId", string(claims.user.as_str()))
            .with("claim", string(claims.nonce.as_str()));
        let is_absent = "attribute_not_exists(pk)";
        let put = self.table.put(pointer).condition_expression(is_absent);
        let write = self.table.write_put(put).await?;
        match self.table.settle(&pk, write).await? {
            Settled::Applied => Ok(None),
            Settled::Found(Some(found)) => {
                let found = Pointer::of(&found)?;
                Ok((found.claim != claims.nonce).then_some(found))
            }
            Settled::Found(None) => Err(anyhow!("claim an identifier").context(Unavailable)),
        }
    }

    async fn standing(
        &self,
        organization: &OrganizationId,
        holder: &UserId,
        identity: &Identity,
    ) -> anyhow::Result<Standing> {
        let Some(item) = self.table.get_strong(&user_key(organization, holder)).await? else {
            return Ok(Standing::Unfinished(None));
        };
        if is_closed(&item)? {
            return Ok(Standing::Abandoned);
        }
        let stored = Stored::of(organization, holder, &item)?;
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

    /// Lets a pointer lead to our user that is still as it was seen. Whether it did.
    async fn take_over(
        &self,
        claims: &Claims<'_>,
        identity: &Identity,
        seen: &Nonce,
    ) -> anyhow::Result<bool> {
        let pk = identity_key(claims.organization, identity);
        let is_as_seen = "claim = :seen";
        let update = self
            .table
            .update(&pk)
            .update_expression("SET userId = :user, claim = :claim")
            .condition_expression(is_as_seen)
            .expression_attribute_values(":seen", string(seen.as_str()))
            .expression_attribute_values(":user", string(claims.user.as_str()))
            .expression_attribute_values(":claim", string(claims.nonce.as_str()));
        let write = self.table.write_update(update).await?;
        match self.table.settle(&pk, write).await? {
            Settled::Applied => Ok(true),
            Settled::Found(found) => {
                let found = found.as_ref().map(Pointer::of).transpose()?;
                Ok(found.is_some_and(|found| found.claim == claims.nonce))
            }
        }
    }
}
