//! A new key for the surface's tokens: made, published, stored, in an order in which stopping anywhere
//! refuses no token.

use anyhow::Context as _;
use domain::time::Timestamp;
use domain::token::signing::SigningRing;

use crate::aws::Aws;
use crate::keys::SecretText;
use crate::store::Partners;

/// What became of a rotation: a key, and the instant from which it signs.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// It is new.
    Added(String, Timestamp),
    /// It was added before and doesn't sign yet; nothing was added.
    Waiting(String, Timestamp),
}

/// What rotating needs. One at a time: Secrets Manager can't tell two writers apart.
pub struct Rotation {
    secret: SecretText,
    partners: Partners,
}

impl Rotation {
    /// Over the secret that `PARTNER_SIGNING_SECRET` names and the table `ORGANIZATIONS_TABLE`.
    ///
    /// # Errors
    /// One of the variables is not set.
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { secret: aws.signing_secret()?, partners: aws.partners()? })
    }

    /// The keys as they are stored; `None` before the first one is made.
    ///
    /// # Errors
    /// Secrets Manager is unavailable, or the secret holds something else.
    pub async fn ring(&self) -> anyhow::Result<Option<SigningRing>> {
        self.secret.read().await
    }

    /// Sees to it that there is a key, and that it is published. Doing it again changes nothing.
    ///
    /// # Errors
    /// Secrets Manager or DynamoDB is unavailable, or the secret holds something else.
    pub async fn begin(&self) -> anyhow::Result<()> {
        match self.secret.read::<SigningRing>().await? {
            Some(ring) => self.publish(&ring).await,
            None => self.install(&SigningRing::first()?).await,
        }
    }

    /// Adds a key, which signs as soon as everybody can know it, and lets the one before retire when
    /// nothing that it signed is valid any more. Makes the first key where there is none. Adds none
    /// while the latest doesn't sign yet.
    ///
    /// # Errors
    /// As [`Rotation::begin`].
    pub async fn rotate(&self, now: Timestamp) -> anyhow::Result<Rotated> {
        let Some(ring) = self.secret.read::<SigningRing>().await? else {
            let ring = SigningRing::first()?;
            self.install(&ring).await?;
            return added(&ring, now);
        };
        // An earlier rotation may have been stopped before it came to this.
        self.retire(&ring).await?;
        if let Some(next) = ring.next(now) {
            return Ok(Rotated::Waiting(next.public().kid().to_owned(), next.signs_from()));
        }
        let ring = ring.rotated(now)?;
        self.install(&ring).await?;
        self.withdraw(now).await?;
        added(&ring, now)
    }

    /// Nobody signs with a key that isn't published; nobody lets a key retire before its successor is
    /// stored.
    async fn install(&self, ring: &SigningRing) -> anyhow::Result<()> {
        self.publish(ring).await?;
        self.secret.write(&ring.text()?).await.context("store the signing keys")?;
        self.retire(ring).await
    }

    async fn publish(&self, ring: &SigningRing) -> anyhow::Result<()> {
        for key in ring.keys() {
            self.partners.publish(key.public()).await?;
        }
        Ok(())
    }

    async fn retire(&self, ring: &SigningRing) -> anyhow::Result<()> {
        for (key, at) in ring.retirements() {
            self.partners.retire(key.kid(), at).await?;
        }
        Ok(())
    }

    async fn withdraw(&self, now: Timestamp) -> anyhow::Result<()> {
        let published = self.partners.published_keys().await?.unwrap_or_default();
        for key in published.retired(now) {
            self.partners.withdraw(key.kid()).await?;
        }
        Ok(())
    }
}

/// A deployment's first key signs whatever the clocks say: from now on.
fn added(ring: &SigningRing, now: Timestamp) -> anyhow::Result<Rotated> {
    let key = ring.keys().last().context("a ring without a key")?;
    Ok(Rotated::Added(key.public().kid().to_owned(), key.signs_from().max(now)))
}
