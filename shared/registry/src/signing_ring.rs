//! The private keys of partners' tokens, and their rotation. A key is generated, published and then
//! stored; a rotation that stops in between makes no token invalid.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::jwks::{PublicKey, PublishedKeys};
use domain::token::signing_key::SigningKey;
use domain::token::signing_ring::SigningRing;
use runtime::aws::Aws;
use runtime::resources::KeyRingName;

use crate::emergency::{Progress, dropped_at};
use crate::jwks::Jwks;
use crate::vault::{Vault, Version};

/// How long our functions may verify with a key after it was dropped: an instance caches the published
/// keys for five minutes, and reads them again at most once a minute; a minute is for clocks.
const VERIFIED: Duration = Duration::from_mins(7);

/// How long a client may verify with a key after it was dropped, if it obeys `Cache-Control`: we may
/// publish keys that were read eight minutes ago, which the client caches for five; a minute is for
/// clocks.
pub const CACHED_BY_CLIENTS: Duration = Duration::from_mins(14);

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

/// How the published keys differ from the ring, by the ids of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// They sign, and aren't published: their tokens are refused.
    pub unpublished: Vec<String>,
    /// They are published without an end, and are in no ring.
    pub stray: Vec<String>,
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
        // An earlier rotation may have stopped before this step, and a restored table may lack keys.
        for key in ring.signer(now).into_iter().chain(ring.next(now)) {
            self.jwks.publish(key.public()).await?;
        }
        self.retire(&ring).await?;
        if let Some(next) = ring.next(now) {
            return Ok(Rotated::Waiting(next.public().kid().to_owned(), next.signs_from()));
        }
        let ring = ring.rotated(now)?;
        // Published first, because no instance may sign with a key that isn't published. Retired last,
        // because no key may retire before its successor is stored.
        self.publish(&ring).await?;
        if !self.store(&seen, &ring).await? {
            self.retire_unused(&ring, now).await?;
            return Ok(Rotated::Conflict);
        }
        self.retire(&ring).await?;
        self.withdraw(now).await?;
        added(&ring, now)
    }

    /// The keys that an emergency drops: all that sign, will sign or still verify or, while another
    /// emergency isn't over, its keys.
    pub async fn leaked(&self, now: Timestamp) -> anyhow::Result<Vec<String>> {
        let Some(ring) = self.read().await? else { return Ok(Vec::new()) };
        let published = self.published.published().await?.unwrap_or_default();
        if let Some(latest) = ring.emergency() {
            let is_under_way = match latest.dropped_at() {
                Some(dropped_at) => now < dropped_at.plus(VERIFIED),
                None => !are_dropped(latest.kids(), &ring, &published, now),
            };
            if is_under_way {
                return Ok(latest.kids().to_vec());
            }
        }
        let mut kids: Vec<_> = ring.keys().map(|key| key.public().kid().to_owned()).collect();
        let published = published.active(now).map(|key| key.kid().to_owned());
        kids.extend(published.filter(|kid| !kids.contains(kid)).collect::<Vec<_>>());
        Ok(kids)
    }

    /// The keys that sign no more: those in the ring, and those that are still published, be it because
    /// the table was restored.
    pub async fn previous(&self, now: Timestamp) -> anyhow::Result<Vec<String>> {
        let published = self.published.published().await?.unwrap_or_default();
        let ring = self.read().await?;
        let keys = || ring.iter().flat_map(SigningRing::keys);
        let signs_from =
            ring.as_ref().and_then(|ring| ring.signer(now)).map(SigningKey::signs_from);
        let is_in_ring = |kid: &str| keys().any(|key| key.public().kid() == kid);
        let followed = keys().filter(|key| Some(key.signs_from()) < signs_from);
        let followed = followed.map(|key| key.public().kid());
        let published = published.active(now).map(PublicKey::kid);
        Ok(followed.chain(published.filter(|kid| !is_in_ring(kid))).map(str::to_owned).collect())
    }

    /// How the published keys differ from the ring, e.g. after the table was restored.
    pub async fn differences(&self, now: Timestamp) -> anyhow::Result<Differences> {
        let published = self.published.published().await?.unwrap_or_default();
        let Some(ring) = self.read().await? else { return Ok(Differences::default()) };
        let is_in_ring = |kid: &str| ring.keys().any(|key| key.public().kid() == kid);
        let signs = ring.signer(now).into_iter().chain(ring.next(now));
        let signs = signs.map(|key| key.public().kid());
        let unpublished = signs.filter(|kid| published.find(kid, now).is_none());
        let endless = published.endless().map(PublicKey::kid);
        Ok(Differences {
            unpublished: unpublished.map(str::to_owned).collect(),
            stray: endless.filter(|kid| !is_in_ring(kid)).map(str::to_owned).collect(),
        })
    }

    /// The next step towards a ring, and a JWK Set, without the keys `kids`. If one of them is the
    /// newest, another is published and stored first, and signs before they are dropped.
    pub async fn replace(&self, kids: &[String], now: Timestamp) -> anyhow::Result<Progress> {
        let (ring, seen) = self.seen().await?.context("the secret partner-signing has no value")?;
        let published = self.published.published().await?.unwrap_or_default();
        if are_dropped(kids, &ring, &published, now) {
            let dropped_at = dropped_at(ring.emergency(), kids, now);
            return Ok(Progress::Dropped(dropped_at.plus(VERIFIED)));
        }
        match ring.replaced_at(kids) {
            Some(replaced_at) if now < replaced_at => Ok(Progress::Waiting(replaced_at)),
            Some(_) => {
                // The keys sign no more, so they may be dropped before the ring is stored. If this
                // stops in between, the ring still names them, and another try goes on.
                for kid in kids {
                    self.jwks.drop(kid, now).await?;
                }
                let is_stored = self.store(&seen, &ring.without(kids, now)).await?;
                Ok(if is_stored {
                    Progress::Dropped(now.plus(VERIFIED))
                } else {
                    Progress::Conflict
                })
            }
            None => {
                let ring = ring.replacing(kids, now)?;
                self.publish(&ring).await?;
                if !self.store(&seen, &ring).await? {
                    self.retire_unused(&ring, now).await?;
                    return Ok(Progress::Conflict);
                }
                self.retire(&ring).await?;
                let replaced_at = ring.replaced_at(kids).context("the ring has no new key")?;
                Ok(Progress::Announced(replaced_at))
            }
        }
    }

    async fn store(&self, seen: &Version, ring: &SigningRing) -> anyhow::Result<bool> {
        self.vault.replace(seen, &text(ring)?).await.context("store the signing keys")
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
        for key in published.removable(now) {
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

fn are_dropped(
    kids: &[String],
    ring: &SigningRing,
    published: &PublishedKeys,
    now: Timestamp,
) -> bool {
    let is_in_ring = |kid: &String| ring.keys().any(|key| key.public().kid() == kid);
    !kids.iter().any(|kid| is_in_ring(kid) || published.find(kid, now).is_some())
}

fn text(ring: &SigningRing) -> anyhow::Result<Secret> {
    Ok(ring.text()?)
}

/// The first key of a deployment signs from the epoch on; reported is the time from now on.
fn added(ring: &SigningRing, now: Timestamp) -> anyhow::Result<Rotated> {
    let key = ring.keys().last().context("the ring has no key")?;
    Ok(Rotated::Added(key.public().kid().to_owned(), key.signs_from().max(now)))
}
