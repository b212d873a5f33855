//! Organizations, their keys and their users: what is created, found and changed, in one place for
//! the command line and for the local stack's demo data.

use std::collections::BTreeMap;

use anyhow::Context as _;
use domain::id::{OrganizationId, UserId};
use domain::identifier::{Email, Identifier, Identity, Phone, Username};
use domain::key::KeyBytes;
use domain::organization::Organization;
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::user::User;
use platform::aws::Aws;
use platform::keys::KeyRings;
use platform::store::{ApiKeyAddition, Challenges, Creation, Organizations, Revision, Users};

/// Everybody there is.
pub struct Directory {
    organizations: Organizations,
    users: Users,
    challenges: Challenges,
    identifier_keys: KeyRings,
}

/// A user, or why a creation came to nothing.
#[must_use]
#[derive(Debug)]
pub enum Enrolment {
    /// There is a new user.
    Created,
    /// There was this user already, with all that was asked for to sign in with.
    There(Box<User>),
    /// Another user has the id, or something to sign in with.
    Taken(UserId),
    /// Somebody else was faster; nothing was changed.
    Overtaken,
}

impl Directory {
    /// Reaches tables and identifier key as the environment names them.
    ///
    /// # Errors
    /// A variable is missing.
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        let identifier_keys = aws.keys("IDENTIFIER_SECRET")?;
        let (organizations, users) = (aws.organizations()?, aws.users()?);
        Ok(Self { organizations, users, challenges: aws.challenges()?, identifier_keys })
    }

    /// Writes an organization, new or as it is now, and lets a key lead to it.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the organization has two other keys.
    pub async fn admit(
        &self,
        organization: &Organization,
        key: &Secret,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        self.organizations.save(organization).await?;
        let addition = self.organizations.add_api_key(&organization.id, &key.digest(), now).await?;
        anyhow::ensure!(addition == ApiKeyAddition::Added, "it has two other API keys");
        Ok(())
    }

    /// Creates a user, unless there is one with the same id or the same identifiers: then that one is
    /// left as it is, so that doing it again changes nothing.
    ///
    /// # Errors
    /// DynamoDB or the identifier key is unavailable.
    pub async fn enrol(&self, user: &User, now: Timestamp) -> anyhow::Result<Enrolment> {
        let key = self.key(now).await?;
        let identifiers = user.identifiers();
        let identities: Vec<Identity> = identifiers
            .iter()
            .map(|identifier| Identity::of(&key, &user.organization, identifier))
            .collect();
        if let Some(held) = self.holder(user, &identities).await? {
            return Ok(Enrolment::There(Box::new(held)));
        }
        self.withdraw_codes(&user.organization, &identities).await?;
        let holder = match self.users.create(user, &identities).await? {
            Creation::Created => return Ok(Enrolment::Created),
            Creation::Overtaken => return Ok(Enrolment::Overtaken),
            Creation::IdTaken => user.id.clone(),
            Creation::IdentifierTaken(holder) => holder,
        };
        let held = self.users.find(&user.organization, &holder).await?;
        Ok(match held.filter(|held| has_all(held, user)) {
            Some(held) => Enrolment::There(Box::new(held)),
            None => Enrolment::Taken(holder),
        })
    }

    /// Whoever has all that a user is to sign in with, if the first of it leads there: by two reads,
    /// where finding out by writing would take five calls. The second is of the item that decides.
    async fn holder(&self, user: &User, identities: &[Identity]) -> anyhow::Result<Option<User>> {
        let (organization, Some(first)) = (&user.organization, identities.first()) else {
            return Ok(None);
        };
        let Some(id) = self.users.identified(organization, first).await? else { return Ok(None) };
        let held = self.users.find(organization, &id).await?;
        Ok(held.filter(|held| has_all(held, user)))
    }

    /// Changes a user.
    ///
    /// # Errors
    /// As [`Users::revise`]; the identifier key is unavailable.
    pub async fn revise(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        change: impl Fn(&mut User) + Send,
        now: Timestamp,
    ) -> anyhow::Result<Revision> {
        let key = self.key(now).await?;
        let identity = |identifier: &Identifier| Identity::of(&key, organization, identifier);
        let before = self.users.find(organization, id).await?;
        let after = before.clone().map(|mut user| {
            change(&mut user);
            user
        });
        let identifiers = |user: Option<User>| user.map(|user| user.identifiers());
        let (before, after) = (identifiers(before), identifiers(after));
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        let only_in = |some: &[Identifier], others: &[Identifier]| -> Vec<Identity> {
            some.iter().filter(|one| !others.contains(one)).map(identity).collect()
        };
        self.withdraw_codes(organization, &only_in(&after, &before)).await?;
        let revision = self.users.revise(organization, id, change, identity).await?;
        self.withdraw_codes(organization, &only_in(&before, &after)).await?;
        Ok(revision)
    }

    /// Codes of identities that change hands: who was sent one must not sign in as the next owner.
    /// Before the change, since until then nobody owns what is new, and no code for it is delivered.
    async fn withdraw_codes(
        &self,
        organization: &OrganizationId,
        identities: &[Identity],
    ) -> anyhow::Result<()> {
        for identity in identities {
            self.challenges.withdraw(organization, identity).await?;
        }
        Ok(())
    }

    /// Everybody whom a text may mean, by id: an id, an address, a number or a user name.
    ///
    /// # Errors
    /// DynamoDB or the identifier key is unavailable.
    pub async fn meant_by(
        &self,
        organization: &OrganizationId,
        text: &str,
        now: Timestamp,
    ) -> anyhow::Result<BTreeMap<UserId, User>> {
        let mut found = BTreeMap::new();
        if let Ok(id) = UserId::parse(text) {
            found.extend(self.users.find(organization, &id).await?.map(|user| (id, user)));
        }
        let identifiers = [
            Email::parse(text).ok().map(Identifier::Email),
            Phone::parse(text).ok().map(Identifier::Phone),
            Username::parse(text).ok().map(Identifier::Username),
        ];
        for identifier in identifiers.into_iter().flatten() {
            let identity = self.identity(organization, &identifier, now).await?;
            let owner = self.owner(organization, &identity).await?;
            found.extend(owner.map(|user| (user.id.clone(), user)));
        }
        Ok(found)
    }

    /// Whom an identity leads to, as at a sign-in.
    ///
    /// # Errors
    /// DynamoDB is unavailable.
    pub async fn owner(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
    ) -> anyhow::Result<Option<User>> {
        match self.users.identified(organization, identity).await? {
            Some(id) => self.users.owner(organization, identity, &id).await,
            None => Ok(None),
        }
    }

    /// Under which name an identifier is stored.
    ///
    /// # Errors
    /// The identifier key is unavailable.
    pub async fn identity(
        &self,
        organization: &OrganizationId,
        identifier: &Identifier,
        now: Timestamp,
    ) -> anyhow::Result<Identity> {
        Ok(Identity::of(&self.key(now).await?, organization, identifier))
    }

    async fn key(&self, now: Timestamp) -> anyhow::Result<KeyBytes> {
        let keys = self.identifier_keys.current(now).await.context("the identifier key")?;
        Ok(keys.current.bytes.clone())
    }
}

/// Whether somebody has everything that a user is to sign in with.
fn has_all(held: &User, user: &User) -> bool {
    let theirs = held.identifiers();
    user.identifiers().iter().all(|identifier| theirs.contains(identifier))
}
