//! The private keys of partners' tokens, and their rotation. A key is generated, published and then
//! stored; a rotation that stops in between makes no token invalid.

use anyhow::{Context as _, anyhow};
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::signing_ring::SigningRing;
use runtime::aws::Aws;
use runtime::resources::KeyRingName;

use crate::jwks::Jwks;
use crate::vault::{Vault, Version};

/// The outcome of a rotation, with the id of a key and the instant from which it signs.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// This key was added.
    Added(String, Timestamp),
    /// This key was added before and doesn't sign yet. Nothing was changed.
    Waiting(String, Timestamp),
    /// Another operator is rotating the ring. Nothing was changed.
    Conflict,
}

/// The ring of signing keys.
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

    /// The stored ring; `None` before the first key is generated.
    pub async fn read(&self) -> anyhow::Result<Option<SigningRing>> {
        Ok(self.seen().await?.map(|(ring, _)| ring))
    }

    /// Generates the first key, unless the ring has one, and publishes the ring. Repeating it changes
    /// nothing.
    pub async fn begin(&self, now: Timestamp) -> anyhow::Result<()> {
        if let Some(ring) = self.read().await? {
            return self.publish(&ring).await;
        }
        self.store_first(&SigningRing::first()?, now).await.map(drop)
    }

    /// Adds a key, or generates the first one. The new key signs once every cache has it; the key
    /// before it retires once no token that it signed is valid any more. While the latest key doesn't
    /// sign yet, no key is added.
    pub async fn rotate(&self, now: Timestamp) -> anyhow::Result<Rotated> {
        let Some((ring, seen)) = self.seen().await? else {
            let ring = SigningRing::first()?;
            let is_stored = self.store_first(&ring, now).await?;
            return if is_stored { added(&ring, now) } else { Ok(Rotated::Conflict) };
        };
        // An earlier rotation may have stopped before this step.
        self.retire(&ring).await?;
        if let Some(next) = ring.next(now) {
            return Ok(Rotated::Waiting(next.public().kid().to_owned(), next.signs_from()));
        }
        let ring = ring.rotated(now)?;
        // Published first, because no instance may sign with a key that isn't published. Retired last,
        // because no key may retire before its successor is stored.
        self.publish(&ring).await?;
        if !self.vault.replace(&seen, &text(&ring)?).await.context("store the signing keys")? {
            self.retire_unused(&ring, now).await?;
            return Ok(Rotated::Conflict);
        }
        self.retire(&ring).await?;
        self.withdraw(now).await?;
        added(&ring, now)
    }

    /// Whether the ring is stored; another operator stored one otherwise.
    async fn store_first(&self, ring: &SigningRing, now: Timestamp) -> anyhow::Result<bool> {
        self.publish(ring).await?;
        let is_stored = self.vault.fill(&text(ring)?).await.context("store the signing keys")?;
        if !is_stored {
            self.retire_unused(ring, now).await?;
        }
        Ok(is_stored)
    }

    /// Retires the latest key of a ring that wasn't stored: it never signs.
    async fn retire_unused(&self, ring: &SigningRing, now: Timestamp) -> anyhow::Result<()> {
        let unused = ring.keys().last().context("the ring has no key")?;
        self.jwks.retire(unused.public().kid(), now).await
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
        // The message of serde could quote the secret.
        let ring = serde_json::from_str(text.expose());
        let ring = ring.map_err(|_| anyhow!("the secret partner-signing is not a key ring"))?;
        Ok(Some((ring, version)))
    }
}

fn text(ring: &SigningRing) -> anyhow::Result<Secret> {
    Ok(ring.text()?)
}

/// The first key of a deployment signs from the epoch on; reported is the time from now on.
fn added(ring: &SigningRing, now: Timestamp) -> anyhow::Result<Rotated> {
    let key = ring.keys().last().context("the ring has no key")?;
    Ok(Rotated::Added(key.public().kid().to_owned(), key.signs_from().max(now)))
}
