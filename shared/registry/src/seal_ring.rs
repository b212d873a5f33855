//! The private keys of the audit trail's seals. They are published nowhere: each seal has its public key
//! in it, and a seal of the key before announces it.

use anyhow::Context as _;
use domain::time::Timestamp;
use domain::token::signing_ring::SigningRing;
use runtime::aws::Aws;
use runtime::resources::KeyRingName;

use crate::signing_ring::Rotated;
use crate::vault::{Vault, Version};

/// The ring of sealing keys.
pub struct SealRing {
    vault: Vault,
}

impl SealRing {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { vault: Vault::new(aws, KeyRingName::AuditSigning)? })
    }

    /// The stored ring; `None` before the first key is generated.
    pub async fn read(&self) -> anyhow::Result<Option<SigningRing>> {
        Ok(self.seen().await?.map(|(ring, _)| ring))
    }

    /// Generates the first key, unless the ring has one.
    pub async fn begin(&self) -> anyhow::Result<()> {
        if self.read().await?.is_some() {
            return Ok(());
        }
        self.vault.fill(&SigningRing::first()?.text()?).await.map(drop)
    }

    /// Adds a key, or generates the first one. While the newest key doesn't sign yet, no key is added.
    pub async fn rotate(&self, now: Timestamp) -> anyhow::Result<Rotated> {
        let Some((ring, seen)) = self.seen().await? else {
            let ring = SigningRing::first()?;
            let is_stored = self.vault.fill(&ring.text()?).await?;
            return if is_stored { added(&ring) } else { Ok(Rotated::Conflict) };
        };
        if let Some(next) = ring.next(now) {
            return Ok(Rotated::Waiting(next.public().kid().to_owned(), next.signs_from()));
        }
        let ring = ring.rotated(now)?;
        if self.vault.replace(&seen, &ring.text()?).await? {
            added(&ring)
        } else {
            Ok(Rotated::Conflict)
        }
    }

    async fn seen(&self) -> anyhow::Result<Option<(SigningRing, Version)>> {
        let Some((text, version)) = self.vault.read().await? else { return Ok(None) };
        // The message of serde could quote the secret.
        let ring = serde_json::from_str(text.expose());
        let ring = ring.map_err(|_| anyhow::anyhow!("the secret is not a ring of RSA keys"))?;
        Ok(Some((ring, version)))
    }
}

fn added(ring: &SigningRing) -> anyhow::Result<Rotated> {
    let newest = ring.keys().last().context("the ring has no key")?;
    Ok(Rotated::Added(newest.public().kid().to_owned(), newest.signs_from()))
}
