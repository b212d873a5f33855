//! The private keys of partners' tokens, and their rotation: a key is generated, published, stored, in
//! an order in which stopping anywhere refuses no token.

use anyhow::{Context as _, anyhow};
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::signing_ring::SigningRing;
use runtime::aws::Aws;
use runtime::resources::KeyRingName;

use crate::jwks::Jwks;
use crate::vault::{Vault, Version};

/// What became of a rotation: a key, and the instant from which it signs.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// It is new.
    Added(String, Timestamp),
    /// It was added before and doesn't sign yet; nothing was added.
    Waiting(String, Timestamp),
    /// Another operator rotates the ring at the same time. Nothing was added.
    Conflict,
}

/// The ring, as operators rotate it.
pub struct SigningRings {
    vault: Vault,
    jwks: Jwks,
    published: store::Jwks,
}

impl SigningRings {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self {
            vault: Vault::new(aws, KeyRingName::PartnerSigning)?,
            jwks: Jwks::new(aws)?,
            published: store::Jwks::new(aws)?,
        })
    }

    /// The keys as they are stored; `None` before the first one is generated.
    pub async fn read(&self) -> anyhow::Result<Option<SigningRing>> {
        Ok(self.seen().await?.map(|(ring, _)| ring))
    }

    /// Generates the first key if there is none, and publishes the ring. Doing it again changes
    /// nothing.
    pub async fn begin(&self) -> anyhow::Result<()> {
        match self.read().await? {
            Some(ring) => self.publish(&ring).await,
            None => self.install_first(&SigningRing::first()?).await,
        }
    }

    /// Adds a key, which signs as soon as every instance can know it, and has the one before retire
    /// when nothing that it signed is valid any more. Generates the first key where there is none. Adds
    /// none while the latest doesn't sign yet.
    pub async fn rotate(&self, now: Timestamp) -> anyhow::Result<Rotated> {
        let Some((ring, seen)) = self.seen().await? else {
            let ring = SigningRing::first()?;
            self.install_first(&ring).await?;
            return added(&ring, now);
        };
        // An earlier rotation may have been stopped before it came to this.
        self.retire(&ring).await?;
        if let Some(next) = ring.next(now) {
            return Ok(Rotated::Waiting(next.public().kid().to_owned(), next.signs_from()));
        }
        let ring = ring.rotated(now)?;
        // No instance signs with a key that isn't published; no key retires before its successor is
        // stored.
        self.publish(&ring).await?;
        if !self.vault.replace(&seen, &text(&ring)?).await.context("store the signing keys")? {
            // The key never signs: it needn't stay published.
            let unused = ring.keys().last().context("a ring without a key")?;
            self.jwks.retire(unused.public().kid(), now).await?;
            return Ok(Rotated::Conflict);
        }
        self.retire(&ring).await?;
        self.withdraw(now).await?;
        added(&ring, now)
    }

    async fn install_first(&self, ring: &SigningRing) -> anyhow::Result<()> {
        self.publish(ring).await?;
        self.vault.fill(&text(ring)?).await.context("store the signing keys")
    }

    async fn publish(&self, ring: &SigningRing) -> anyhow::Result<()> {
        for key in ring.keys() {
            self.jwks.publish(key.public()).await?;
        }
        Ok(())
    }

    async fn retire(&self, ring: &SigningRing) -> anyhow::Result<()> {
        for (key, at) in ring.retirements() {
            self.jwks.retire(key.kid(), at).await?;
        }
        Ok(())
    }

    async fn withdraw(&self, now: Timestamp) -> anyhow::Result<()> {
        let published = self.published.published().await?.unwrap_or_default();
        for key in published.retired(now) {
            self.jwks.withdraw(key.kid()).await?;
        }
        Ok(())
    }

    async fn seen(&self) -> anyhow::Result<Option<(SigningRing, Version)>> {
        let Some((text, version)) = self.vault.read().await? else { return Ok(None) };
        // serde's message could quote the secret.
        let ring = serde_json::from_str(text.expose());
        let ring = ring.map_err(|_| anyhow!("the secret partner-signing holds no key ring"))?;
        Ok(Some((ring, version)))
    }
}

fn text(ring: &SigningRing) -> anyhow::Result<Secret> {
    Ok(ring.text()?)
}

/// A deployment's first key signs from now on, even if clocks differ.
fn added(ring: &SigningRing, now: Timestamp) -> anyhow::Result<Rotated> {
    let key = ring.keys().last().context("a ring without a key")?;
    Ok(Rotated::Added(key.public().kid().to_owned(), key.signs_from().max(now)))
}
