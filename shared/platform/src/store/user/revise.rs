//! Changes by an operator.

use anyhow::anyhow;
use domain::id::{Nonce, OrganizationId, UserId};
use domain::identifier::{Identifier, Identity};
use domain::user::User;

use super::Users;
use super::claim::{Claimed, Claims};
use super::item::{Held, Stored, item, user_key};
use crate::aws::Unavailable;
use crate::store::amend::ATTEMPTS;
use crate::store::item::text_map;

/// What became of a change.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revision {
    /// The user as it is now; also when it was so before.
    Revised(Box<User>),
    /// There is no such user.
    NoUser,
    /// This user of the organization has one of the identifiers. Nothing was changed.
    IdentifierTaken(UserId),
}

impl Users {
    /// Changes a user. A new identifier is claimed before the user's item lists it, and an old one is
    /// released afterwards: see `claim.rs`. `change` may run more than once; it can't touch
    /// `sessions_valid_after`, which moves by itself.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told. Doing it again is safe.
    pub async fn revise(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        change: impl Fn(&mut User) + Send,
        identity: impl Fn(&Identifier) -> Identity + Send,
    ) -> anyhow::Result<Revision> {
        let pk = user_key(organization, id);
        for _ in 0..ATTEMPTS {
            let found = self.table.get_strong(&pk).await?;
            let before = found.map(|found| Stored::of(organization, id, &found)).transpose()?;
            let Some(before) = before.flatten() else { return Ok(Revision::NoUser) };
            let mut user = before.user.clone();
            change(&mut user);
            user.sessions_valid_after = before.user.sessions_valid_after;
            if user == before.user {
                return Ok(Revision::Revised(Box::new(user)));
            }
            let mut claims = Claims::new(organization, id);
            let Identities { held, added, dropped } =
                Identities::of(&before, &user, &claims.nonce, &identity);
            if let Claimed::Taken(by) = self.claim_all(&mut claims, &added).await? {
                return Ok(Revision::IdentifierTaken(by));
            }
            let items = (&before.item(), &item(&user).with("identities", text_map(&held)));
            if self.table.amend(&pk, &before.revision, items, &claims.nonce).await? {
                for (identity, claim) in dropped {
                    self.release(organization, &identity, &claim).await;
                }
                return Ok(Revision::Revised(Box::new(user)));
            }
            self.release_all(&claims).await;
        }
        Err(anyhow!("change a user").context(Unavailable))
    }

    /// Changes what is no identifier.
    ///
    /// # Errors
    /// As [`Users::revise`].
    pub(super) async fn revise_settings(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        change: impl Fn(&mut User) + Send,
    ) -> anyhow::Result<Revision> {
        // Never asked: identities are computed when identifiers change.
        self.revise(organization, id, change, |_| Identity::stored("")).await
    }
}

/// What a user will own, and how that differs from what the user owns.
struct Identities {
    held: Held,
    added: Vec<Identity>,
    dropped: Vec<(Identity, Nonce)>,
}

impl Identities {
    fn of(
        before: &Stored,
        user: &User,
        nonce: &Nonce,
        identity: impl Fn(&Identifier) -> Identity,
    ) -> Self {
        let identifiers = user.identifiers();
        if identifiers == before.user.identifiers() {
            let held = before.identities.clone();
            return Self { held, added: Vec::new(), dropped: Vec::new() };
        }
        let identities: Vec<Identity> = identifiers.iter().map(identity).collect();
        let claim = |identity: &Identity| before.identities.get(identity.as_str()).cloned();
        let held = identities.iter().map(|identity| {
            let claim = claim(identity).unwrap_or_else(|| nonce.as_str().to_owned());
            (identity.as_str().to_owned(), claim)
        });
        let held: Held = held.collect();
        let is_dropped = |(identity, _): &(&String, &String)| !held.contains_key(*identity);
        let dropped = before.identities.iter().filter(is_dropped);
        let dropped = dropped.map(|(identity, claim)| {
            (Identity::stored(identity.as_str()), Nonce::stored(claim.as_str()))
        });
        let dropped = dropped.collect();
        let added = identities.into_iter().filter(|identity| claim(identity).is_none()).collect();
        Self { held, added, dropped }
    }
}
