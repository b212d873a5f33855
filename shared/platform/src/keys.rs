//! Key rings from Secrets Manager: fetched in INIT, kept for five minutes, fetched again when a token
//! names a key that we haven't seen yet.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use domain::key::{Key, KeyRing};
use domain::time::Timestamp;
use domain::token::Refusal;

use crate::{aws, http};

/// How long a ring is used before it is looked at again. A new key is announced as `next` for longer
/// than this before anything is signed with it.
const LIFETIME: Duration = Duration::from_mins(5);

/// How often an unknown key id may cause a fetch: forged tokens must not drive calls.
const REFETCH_INTERVAL: Duration = Duration::from_secs(30);

/// The rings of one secret.
pub struct KeyRings {
    client: aws_sdk_secretsmanager::Client,
    secret_id: String,
    held: Mutex<Held>,
}

#[derive(Clone, Default)]
struct Held {
    ring: Option<(Arc<KeyRing>, Timestamp)>,
    tried_at: Option<Timestamp>,
}

impl KeyRings {
    pub(crate) fn new(client: aws_sdk_secretsmanager::Client, secret_id: String) -> Self {
        Self { client, secret_id, held: Mutex::default() }
    }

    /// Fetches the ring ahead of the first request. A failure is only logged: the first request
    /// tries again, and answers in its own envelope if it fails too.
    pub async fn prime(&self) {
        let fetch = async { self.current(http::clock()).await.map(drop) };
        http::prepared(fetch, "fetch the keys").await;
    }

    /// The ring. When it is due to be looked at again but can't be, the one we hold is used on:
    /// keys don't change by the minute.
    ///
    /// # Errors
    /// [`aws::Unavailable`] when none is held and none can be fetched.
    pub async fn current(&self, now: Timestamp) -> anyhow::Result<Arc<KeyRing>> {
        let held = self.held();
        let Some((ring, fetched_at)) = held.ring else { return self.fetch(now).await };
        if now.since(fetched_at) < LIFETIME || was_tried_recently(held.tried_at, now) {
            return Ok(ring);
        }
        self.fetch(now).await.or_else(|error| {
            tracing::warn!("refresh the keys: {error:#}");
            Ok(ring)
        })
    }

    /// The ring for somebody who met a key id that [`KeyRings::current`] doesn't hold: looked up
    /// again, at most every 30 seconds.
    ///
    /// # Errors
    /// As [`KeyRings::current`].
    pub async fn looked_up(&self, now: Timestamp) -> anyhow::Result<Arc<KeyRing>> {
        let ring = self.current(now).await?;
        if was_tried_recently(self.held().tried_at, now) {
            return Ok(ring);
        }
        self.fetch(now).await.or_else(|error| {
            tracing::warn!("look for an unknown key: {error:#}");
            Ok(ring)
        })
    }

    /// The key that an item of ours was made under.
    ///
    /// # Errors
    /// [`aws::Unavailable`] when that key is not to be had.
    pub async fn find(&self, kid: &str, now: Timestamp) -> anyhow::Result<Key> {
        if let Some(key) = self.current(now).await?.find(kid) {
            return Ok(key.clone());
        }
        let ring = self.looked_up(now).await?;
        let key = ring.find(kid).cloned();
        key.with_context(|| "the key of an item is not to be had").context(aws::Unavailable)
    }

    /// What `verify` finds in a token under the keys that we hold, looked up again if the token names
    /// one that we don't.
    ///
    /// # Errors
    /// As [`KeyRings::current`].
    pub async fn verified<C>(
        &self,
        verify: impl Fn(&KeyRing) -> Result<C, Refusal>,
        now: Timestamp,
    ) -> anyhow::Result<Result<C, Refusal>> {
        match verify(&*self.current(now).await?) {
            Err(Refusal::UnknownKey) => Ok(verify(&*self.looked_up(now).await?)),
            verified => Ok(verified),
        }
    }

    fn held(&self) -> Held {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn fetch(&self, now: Timestamp) -> anyhow::Result<Arc<KeyRing>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).tried_at = Some(now);
        let secret = self.client.get_secret_value().secret_id(&self.secret_id).send().await;
        let secret = secret.map_err(|error| aws::error(&error, "GetSecretValue"))?;
        let text = secret.secret_string().context("the secret holds no text")?;
        // serde's message could quote the secret.
        let ring: KeyRing = serde_json::from_str(text)
            .map_err(|_| anyhow::anyhow!("the secret holds no key ring"))?;
        let ring = Arc::new(ring);
        self.held.lock().unwrap_or_else(PoisonError::into_inner).ring =
            Some((Arc::clone(&ring), now));
        Ok(ring)
    }
}

fn was_tried_recently(tried_at: Option<Timestamp>, now: Timestamp) -> bool {
    tried_at.is_some_and(|tried_at| now.since(tried_at) < REFETCH_INTERVAL)
}
