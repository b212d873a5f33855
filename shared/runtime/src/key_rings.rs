//! Key rings from Secrets Manager: fetched in INIT, cached for five minutes, refreshed when a token
//! names a key that is not in the cached ring.

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
use crate::clock;
use crate::outage::Unavailable;
use crate::resources::KeyRingName;
use crate::secret::StoredSecret;

/// How long a ring is cached. A new key is announced as `next` for longer than this before anything
/// is signed with it.
const LIFETIME: Duration = Duration::from_mins(5);

/// How often an unknown key id may cause a fetch: forged tokens must not drive calls.
const REFETCH_INTERVAL: Duration = Duration::from_secs(30);

/// The ring of one secret: symmetric keys, unless it holds something else.
pub struct KeyRings<R = KeyRing> {
    cached: Arc<Cached<R>>,
}

impl KeyRings {
    /// A ring of symmetric keys, fetched ahead of the first request.
    pub fn new(aws: &Aws, name: KeyRingName) -> anyhow::Result<Self> {
        Self::of(aws, name)
    }

    /// The key that an item of ours was made under.
    ///
    /// # Errors
    /// [`Unavailable`] also when the ring lacks the key: it may be restored.
    pub async fn find(&self, kid: &str, now: Timestamp) -> anyhow::Result<Key> {
        let key = self.cached.find(|ring| ring.find(kid).cloned(), now).await?;
        key.with_context(|| format!("key {kid}, named by a stored item, is not in the ring"))
            .context(Unavailable)
    }

    /// What `verify` finds in a token, under a refreshed ring if the token names a key that the cached
    /// one lacks.
    ///
    /// # Errors
    /// [`Unavailable`] also for an unknown key while the ring is stale: the token may be a good one.
    pub async fn verified<C>(
        &self,
        verify: impl Fn(&KeyRing) -> Result<C, TokenError>,
        now: Timestamp,
    ) -> anyhow::Result<Result<C, TokenError>> {
        let found = self.cached.find(|ring| known(verify(ring)), now).await?;
        Ok(found.unwrap_or(Err(TokenError::UnknownKey)))
    }
}

impl KeyRings<SigningRing> {
    /// The private keys of partners' tokens, fetched ahead of the first request.
    pub fn signing(aws: &Aws) -> anyhow::Result<Self> {
        Self::of(aws, KeyRingName::PartnerSigning)
    }
}

impl<R: DeserializeOwned + Send + Sync + 'static> KeyRings<R> {
    fn of(aws: &Aws, name: KeyRingName) -> anyhow::Result<Self> {
        let secret = StoredSecret::new(aws, name)?;
        let fetch = move || {
            let secret = secret.clone();
            async move {
                // A secret without a value is one that the operator has yet to fill.
                let ring = secret.read().await?;
                ring.with_context(|| format!("the secret {} has no value yet", name.as_str()))
                    .context(Unavailable)
            }
            .boxed()
        };
        let cached = Arc::new(Cached::new(LIFETIME, REFETCH_INTERVAL, fetch));
        let of_warm_up = Arc::clone(&cached);
        aws.warm_up(move || {
            let cached = Arc::clone(&of_warm_up);
            async move { cached.current(clock::now()).await.map(drop) }.boxed()
        });
        Ok(Self { cached })
    }

    /// The ring. When it is due to be refreshed but can't be, the cached one is served: keys don't
    /// change by the minute.
    pub async fn current(&self, now: Timestamp) -> anyhow::Result<Arc<R>> {
        self.cached.current(now).await
    }

    /// The ring, unless it could not be refreshed for longer than `age`: for keys that must retire.
    ///
    /// # Errors
    /// [`Unavailable`] also when the cached ring is older.
    pub async fn current_within(&self, age: Duration, now: Timestamp) -> anyhow::Result<Arc<R>> {
        self.cached.current_within(age, now).await
    }
}

/// A verification's result, unless it may be another under a refreshed set of keys.
pub fn known<C>(verified: Result<C, TokenError>) -> Option<Result<C, TokenError>> {
    match verified {
        Err(TokenError::UnknownKey) => None,
        Ok(_) | Err(TokenError::Invalid | TokenError::Expired) => Some(verified),
    }
}
