//! Key rings from Secrets Manager. An instance fetches a ring in INIT, caches it for five minutes, and
//! refreshes it when a token names a key that is not in the cached ring.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::key::{Key, KeyRing};
use domain::time::Timestamp;
use domain::token::TokenError;
use domain::token::signing_ring::SigningRing;
use futures_util::FutureExt as _;
use serde::de::DeserializeOwned;

use crate::aws::Aws;
use crate::cached::Cached;
use crate::outage::Unavailable;
use crate::resources::KeyRingName;
use crate::secret::StoredSecret;

/// How long a ring is cached. A new key is announced as `next` for longer than this before it signs.
const LIFETIME: Duration = Duration::from_mins(5);

/// How often an unknown key id may cause a fetch: forged tokens must not cause a call each.
const REFETCH_INTERVAL: Duration = Duration::from_secs(30);

/// An operator has not filled the secret yet, or it doesn't exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret {0} has no value yet")]
pub struct NoValue(pub &'static str);

/// The key ring in one secret, cached.
pub struct KeyRings<R = KeyRing> {
    cached: Arc<Cached<R>>,
}

impl KeyRings {
    /// A ring of symmetric keys, fetched before the first request.
    pub fn new(aws: &Aws, name: KeyRingName) -> anyhow::Result<Self> {
        Self::of(aws, name)
    }

    /// The key that a stored item names; `None` if an operator dropped it. A key is announced for
    /// longer than a ring is cached before an item names it, so no ring that isn't stale lacks it
    /// otherwise.
    ///
    /// # Errors
    /// [`Unavailable`] also if a stale ring doesn't have the key.
    pub async fn find(&self, kid: &str, now: Timestamp) -> anyhow::Result<Option<Key>> {
        self.cached.find(|ring| ring.find(kid).cloned(), now).await
    }

    /// The ring, as cached, however old it is: for the ring of identifiers, which is never rotated.
    pub async fn permanent(&self, now: Timestamp) -> anyhow::Result<Arc<KeyRing>> {
        match self.cached.cached() {
            Some(ring) => Ok(ring),
            None => self.current(now).await,
        }
    }

    /// The claims that the cached ring accepts, without waiting for a refresh: for reads that may begin
    /// before [`KeyRings::verified`] decides.
    pub fn presumed<C>(&self, verify: impl Fn(&KeyRing) -> Result<C, TokenError>) -> Option<C> {
        verify(self.cached.cached()?.as_ref()).ok()
    }

    /// The result of `verify`. If the token names a key that is not in the cached ring, the ring is
    /// refreshed first.
    ///
    /// # Errors
    /// [`Unavailable`] also for an unknown key while the ring is stale: the token may be valid.
    pub async fn verified<C>(
        &self,
        verify: impl Fn(&KeyRing) -> Result<C, TokenError>,
        now: Timestamp,
    ) -> anyhow::Result<Result<C, TokenError>> {
        let found = self.cached.find(|ring| conclusive(verify(ring)), now).await?;
        Ok(found.unwrap_or(Err(TokenError::UnknownKey)))
    }
}

impl KeyRings<SigningRing> {
    /// The private keys of partners' tokens, fetched before the first request.
    pub fn signing(aws: &Aws) -> anyhow::Result<Self> {
        Self::of(aws, KeyRingName::PartnerSigning)
    }

    /// The private keys of the audit trail's seals.
    pub fn sealing(aws: &Aws) -> anyhow::Result<Self> {
        Self::of(aws, KeyRingName::AuditSigning)
    }
}

impl<R: DeserializeOwned + Send + Sync + 'static> KeyRings<R> {
    fn of(aws: &Aws, name: KeyRingName) -> anyhow::Result<Self> {
        let secret = StoredSecret::new(aws, name)?;
        let fetch = move || {
            let secret = secret.clone();
            async move {
                let ring = secret.read().await?;
                ring.ok_or(NoValue(name.as_str())).context(Unavailable)
            }
            .boxed()
        };
        let cached = Arc::new(Cached::new(LIFETIME, REFETCH_INTERVAL, fetch));
        aws.keep(&cached);
        Ok(Self { cached })
    }

    /// The ring, refreshed if it is stale. If the refresh fails, the cached ring: keys rarely change.
    pub async fn current(&self, now: Timestamp) -> anyhow::Result<Arc<R>> {
        self.cached.current(now).await
    }

    /// The ring, if it was fetched within `age`: for keys that must retire.
    ///
    /// # Errors
    /// [`Unavailable`] also if the cached ring is older and could not be refreshed.
    pub async fn current_within(&self, age: Duration, now: Timestamp) -> anyhow::Result<Arc<R>> {
        self.cached.current_within(age, now).await
    }
}

/// The result of a verification; `None` if refreshed keys might give another one.
pub fn conclusive<C>(verified: Result<C, TokenError>) -> Option<Result<C, TokenError>> {
    match verified {
        Err(TokenError::UnknownKey) => None,
        Ok(_) | Err(TokenError::Invalid | TokenError::Expired) => Some(verified),
    }
}
