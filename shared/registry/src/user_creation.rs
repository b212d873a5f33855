//! Creation of a user.

use anyhow::anyhow;
use domain::id::{Nonce, UserId};
use domain::identifier::Identity;
use domain::time::Timestamp;
use domain::user::User;
use runtime::outage::Unavailable;
use store::item::{is_erased, string, text_map};
use store::table::Settled;
use store::user_item::{IDENTITIES, Owned, is_closed, item, revision, user_key};

use crate::reservation::{Reservations, Reserved};
use crate::revision::ATTEMPTS;
use crate::users::Users;

/// The outcome of creating a user.
#[must_use]
#[derive(Debug, PartialEq)]
pub enum Creation {
    /// The user was created with all identifiers.
    Created,
    /// A user with all these identifiers exists. Nothing was changed.
    AlreadyExists(Box<User>),
    /// A user with other identifiers has this id. Nothing was changed.
    IdTaken,
    /// Another user has the identifier of this kind. Nothing was changed.
    IdentifierTaken { by: UserId, kind: &'static str },
    /// Another operator was creating the same user. Nothing was changed.
    Conflict,
}

/// What became of a put.
enum Put {
    Settled(Creation),
    /// A deleted user had the id. Nothing was changed.
    WasDeleted,
}

impl Users {
    /// Creates a user, unless a user with the same identifiers exists: repeating it changes nothing.
    pub async fn create(&self, user: &User, now: Timestamp) -> anyhow::Result<Creation> {
        let key = self.key(now).await?;
        let identifiers = user.identifiers();
        let identities: Vec<Identity> = identifiers
            .iter()
            .map(|identifier| Identity::of(&key, &user.organization, identifier))
            .collect();
        if let Some(found) = self.existing(user, &identities).await? {
            return Ok(Creation::AlreadyExists(Box::new(found)));
        }
        let creation = match self.put(user, &identities, None).await? {
            Put::Settled(creation) => creation,
            Put::WasDeleted => self.replace(user, &identities).await?,
        };
        let by = match &creation {
            Creation::IdTaken => &user.id,
            Creation::IdentifierTaken { by, .. } => by,
            Creation::Created | Creation::AlreadyExists(_) | Creation::Conflict => {
                return Ok(creation);
            }
        };
        let found = self.find(&user.organization, by).await?.map(|stored| stored.user);
        Ok(match found.filter(|found| has_all(found, user)) {
            Some(found) => Creation::AlreadyExists(Box::new(found)),
            None => creation,
        })
    }

    /// The user who has all these identifiers, if the first of them leads to that user. It takes two
    /// reads; to find it out by writing would take five calls. The second read is strongly consistent.
    async fn existing(&self, user: &User, identities: &[Identity]) -> anyhow::Result<Option<User>> {
        let (organization, Some(first)) = (&user.organization, identities.first()) else {
            return Ok(None);
        };
        let Some(id) = self.identified(organization, first).await? else { return Ok(None) };
        let found = self.find(organization, &id).await?.map(|stored| stored.user);
        Ok(found.filter(|found| has_all(found, user)))
    }

    /// Puts a user with all pointers, or nothing. The pointers are put first, and count once the user
    /// item is put. Pointers that an interrupted call leaves don't block another call.
    ///
    /// With a tombstone's revision, the user replaces that tombstone.
    async fn put(
        &self,
        user: &User,
        identities: &[Identity],
        deleted: Option<&Nonce>,
    ) -> anyhow::Result<Put> {
        let mut reservations = Reservations::new(&user.organization, &user.id);
        if let Reserved::Taken { by, identity } =
            self.reserve_all(&mut reservations, identities).await?
        {
            let kind = kind_of(user, identities, &identity);
            return Ok(Put::Settled(Creation::IdentifierTaken { by, kind }));
        }
        let nonce = reservations.nonce.as_str();
        let owned: Owned = identities
            .iter()
            .map(|identity| (identity.as_str().to_owned(), nonce.to_owned()))
            .collect();
        let item = item(user)
            .with(IDENTITIES, text_map(&owned))
            .with("creation", string(nonce))
            .with("revision", string(nonce));
        let put = self.table.put(item);
        let put = if let Some(deleted) = deleted {
            let is_as_read = "revision = :read";
            put.condition_expression(is_as_read)
                .expression_attribute_values(":read", string(deleted.as_str()))
        } else {
            let is_absent = "attribute_not_exists(pk)";
            put.condition_expression(is_absent)
        };
        let pk = user_key(&user.organization, &user.id);
        let write = self.table.write_put(put).await?;
        let found = match self.table.settle(&pk, write).await? {
            Settled::Applied => return Ok(Put::Settled(Creation::Created)),
            Settled::Found(found) => found,
        };
        let found = found.ok_or_else(|| anyhow!("create a user").context(Unavailable))?;
        if found.some_text("creation")? == Some(nonce) {
            return Ok(Put::Settled(Creation::Created));
        }
        if is_erased(&found)? && deleted == Some(&revision(&found)?) {
            // The guard would pass on this item: a late copy of our put may still be applied.
            return Err(anyhow!("create a user").context(Unavailable));
        }
        self.release_all(&reservations).await;
        Ok(match (is_erased(&found)?, is_closed(&found)?) {
            (true, _) => Put::WasDeleted,
            (false, true) => Put::Settled(Creation::Conflict),
            (false, false) => Put::Settled(Creation::IdTaken),
        })
    }

    /// Creates a user whose id a deleted one had. What was issued to that one stays ended.
    async fn replace(&self, user: &User, identities: &[Identity]) -> anyhow::Result<Creation> {
        let pk = user_key(&user.organization, &user.id);
        for _ in 0..ATTEMPTS {
            let Some(found) = self.table.get_strong(&pk).await? else {
                return Ok(Creation::Conflict);
            };
            if !is_erased(&found)? {
                return Ok(Creation::IdTaken);
            }
            // The tombstone alone knows which pointers are still to be deleted.
            self.clear(&user.organization, &found).await?;
            let Some(found) = self.table.get_strong(&pk).await? else {
                return Ok(Creation::Conflict);
            };
            let bound = found.some_instant("sessionsValidAfter")?;
            let user = User { sessions_valid_after: bound, ..user.clone() };
            match self.put(&user, identities, Some(&revision(&found)?)).await? {
                Put::Settled(creation) => return Ok(creation),
                Put::WasDeleted => {}
            }
        }
        Ok(Creation::Conflict)
    }
}

/// Whether a user has every identifier of another.
fn has_all(found: &User, user: &User) -> bool {
    let theirs = found.identifiers();
    user.identifiers().iter().all(|identifier| theirs.contains(identifier))
}

/// The kind of the identifier behind one of a user's identities.
pub(crate) fn kind_of(user: &User, identities: &[Identity], identity: &Identity) -> &'static str {
    let place = identities.iter().position(|one| one == identity);
    let identifiers = user.identifiers();
    let identifier = place.and_then(|place| identifiers.get(place));
    identifier.map_or("identifier", |identifier| identifier.noun())
}
