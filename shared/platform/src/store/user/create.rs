//! A new user.

use anyhow::anyhow;
use domain::id::UserId;
use domain::identifier::Identity;
use domain::user::User;

use super::Users;
use super::claim::{Claimed, Claims};
use super::item::{Held, is_closed, item, user_key};
use crate::aws::Unavailable;
use crate::store::item::{string, text_map};
use crate::store::table::Settled;

/// What became of creating a user.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Creation {
    /// The user is there, with all identifiers.
    Created,
    /// This user of the organization has one of the identifiers. Nothing was changed.
    IdentifierTaken(UserId),
    /// There is a user of this id. Nothing was changed.
    IdTaken,
    /// It took so long that somebody else took an identifier over. Nothing was changed.
    Overtaken,
}

impl Users {
    /// Creates a user, reachable by the given identities, wholly or not at all. Pointers come first
    /// and lead nowhere until the user item, put last, makes them count.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told. What is left of it is in nobody's
    /// way: doing it again repairs it.
    pub async fn create(&self, user: &User, identities: &[Identity]) -> anyhow::Result<Creation> {
        let mut claims = Claims::new(&user.organization, &user.id);
        if let Claimed::Taken(by) = self.claim_all(&mut claims, identities).await? {
            return Ok(Creation::IdentifierTaken(by));
        }
        let nonce = claims.nonce.as_str();
        let held: Held = identities
            .iter()
            .map(|identity| (identity.as_str().to_owned(), nonce.to_owned()))
            .collect();
        let item = item(user)
            .with("identities", text_map(&held))
            .with("creation", string(nonce))
            .with("revision", string(nonce));
        let is_absent = "attribute_not_exists(pk)";
        let pk = user_key(&user.organization, &user.id);
        let write = self.table.write_put(self.table.put(item).condition_expression(is_absent));
        let refusal = match self.table.settle(&pk, write.await?).await? {
            Settled::Applied => return Ok(Creation::Created),
            Settled::Found(None) => {
                return Err(anyhow!("create a user").context(Unavailable));
            }
            Settled::Found(Some(found)) if found.some_text("creation")? == Some(nonce) => {
                return Ok(Creation::Created);
            }
            Settled::Found(Some(found)) if is_closed(&found)? => Creation::Overtaken,
            Settled::Found(Some(_)) => Creation::IdTaken,
        };
        self.release_all(&claims).await;
        Ok(refusal)
    }
}
