//! Key rings from Secrets Manager: fetched in INIT, kept for five minutes, fetched again when a token
//! names a key that we haven't seen yet.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use aws_sdk_secretsmanager::error::SdkError;
use domain::key::{Key, KeyRing};
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::Refusal;
use serde::de::DeserializeOwned;

use crate::kept::Kept;
use crate::{aws, http};

/// How long a ring is used before it is looked at again. A new key is announced as `next` for longer
/// than this before anything is signed with it.
const LIFETIME: Duration = Duration::from_mins(5);

/// How often an unknown key id may cause a fetch: forged tokens must not drive calls.
const REFETCH_INTERVAL: Duration = Duration::from_secs(30);

/// The rings of one secret: symmetric keys, unless it holds something else.
pub struct KeyRings<R = KeyRing> {
    secret: SecretText,
    kept: Kept<R>,
}

/// A secret by its name.
pub(crate) struct SecretText {
    client: aws_sdk_secretsmanager::Client,
    id: String,
}

impl<R: DeserializeOwned> KeyRings<R> {
    pub(crate) fn new(secret: SecretText) -> Self {
        Self { secret, kept: Kept::new(LIFETIME, REFETCH_INTERVAL) }
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
    pub async fn current(&self, now: Timestamp) -> anyhow::Result<Arc<R>> {
        self.kept.current(self.fetch(), now).await
    }

    /// The ring, if it could be looked at within the last `age`: for keys whose retirement counts on
    /// their not being used on for ever.
    ///
    /// # Errors
    /// [`aws::Unavailable`], too, when the ring that is held is older.
    pub async fn current_within(&self, age: Duration, now: Timestamp) -> anyhow::Result<Arc<R>> {
        let ring = self.current(now).await?;
        if self.kept.age(now).is_some_and(|held_for| held_for > age) {
            return Err(anyhow::anyhow!("the keys are too old").context(aws::Unavailable));
        }
        Ok(ring)
    }

    /// The ring for somebody who met a key id that [`KeyRings::current`] doesn't hold: looked up
    /// again, at most every 30 seconds.
    ///
    /// # Errors
    /// As [`KeyRings::current`].
    pub async fn looked_up(&self, now: Timestamp) -> anyhow::Result<Arc<R>> {
        // What `current` fetches is as new as it gets.
        self.current(now).await?;
        self.kept.looked_up(self.fetch(), now).await
    }

    async fn fetch(&self) -> anyhow::Result<R> {
        // A secret without a value is one that the operator has yet to fill.
        self.secret.read().await?.context("the secret has no value yet").context(aws::Unavailable)
    }
}

impl KeyRings {
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
    /// As [`KeyRings::current`]; and when the token's key is not in a ring that could not be looked at
    /// for so long that it may lack the one that signs by now.
    pub async fn verified<C>(
        &self,
        verify: impl Fn(&KeyRing) -> Result<C, Refusal>,
        now: Timestamp,
    ) -> anyhow::Result<Result<C, Refusal>> {
        match verify(&*self.current(now).await?) {
            Err(Refusal::UnknownKey) => match verify(&*self.looked_up(now).await?) {
                Err(Refusal::UnknownKey)
                    if self.kept.age(now).is_some_and(|age| age >= LIFETIME) =>
                {
                    Err(anyhow::anyhow!("the keys are too old").context(aws::Unavailable))
                }
                verified => Ok(verified),
            },
            verified => Ok(verified),
        }
    }
}

impl SecretText {
    pub(crate) fn new(client: aws_sdk_secretsmanager::Client, id: String) -> Self {
        Self { client, id }
    }

    /// What the secret holds, if it has a value.
    pub(crate) async fn read<R: DeserializeOwned>(&self) -> anyhow::Result<Option<R>> {
        let secret = match self.client.get_secret_value().secret_id(&self.id).send().await {
            Ok(secret) => secret,
            Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => {
                return Ok(None);
            }
            Err(error) => return Err(aws::error(&error, "GetSecretValue")),
        };
        let text = secret.secret_string().context("the secret holds no text")?;
        // serde's message could quote the secret.
        let ring = serde_json::from_str(text);
        ring.map(Some).map_err(|_| anyhow::anyhow!("the secret holds no key ring"))
    }

    /// Replaces what the secret holds.
    pub(crate) async fn write(&self, text: &Secret) -> anyhow::Result<()> {
        let put = self.client.put_secret_value().secret_id(&self.id).secret_string(text.expose());
        put.send().await.map(drop).map_err(|error| aws::error(&error, "PutSecretValue"))
    }
}
