//! The public keys that tokens verify under, as an instance has them cached.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::TokenError;
use domain::token::jwks::PublishedKeys;
use domain::token::partner::{self, Claims};
use futures_util::FutureExt as _;
use runtime::aws::Aws;
use runtime::cached::Cached;
use runtime::clock;
use runtime::key_rings::known;
use runtime::outage::Unavailable;
use store::Jwks;

use super::refusal::{Refusal, TokenRefusal};

/// How long the published keys are cached. A new key is published for longer than this before it
/// signs.
const LIFETIME: Duration = Duration::from_mins(5);

/// How old they may be when they are shown to others: those cache them for another five minutes, in
/// which a key that isn't among them must not sign.
const SHOWN: Duration = Duration::from_mins(8);

/// How often an unknown key id may cause a read: forged tokens must not drive calls.
const REFETCH_INTERVAL: Duration = Duration::from_mins(1);

/// The published keys.
pub struct VerificationKeys {
    cached: Arc<Cached<PublishedKeys>>,
}

impl VerificationKeys {
    /// The keys that are published, read ahead of the first request.
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        let jwks = Jwks::new(aws)?;
        let read = move || {
            let jwks = jwks.clone();
            async move {
                let published = jwks.published().await?;
                published.context("no key is published yet").context(Unavailable)
            }
            .boxed()
        };
        let cached = Arc::new(Cached::new(LIFETIME, REFETCH_INTERVAL, read));
        let of_warm_up = Arc::clone(&cached);
        aws.warm_up(move || {
            let cached = Arc::clone(&of_warm_up);
            async move { cached.current(clock::now()).await.map(drop) }.boxed()
        });
        Ok(Self { cached })
    }

    /// What is published, for others to cache.
    ///
    /// # Errors
    /// [`Unavailable`] also when the cached keys may lack one that signs.
    pub async fn shown(&self, now: Timestamp) -> anyhow::Result<Arc<PublishedKeys>> {
        self.cached.current_within(SHOWN, now).await
    }

    /// The claims of a good token. A key that is not cached is looked up at most once a minute; tokens
    /// under cached keys never wait for that.
    ///
    /// # Errors
    /// Our own failure also for a token under an unknown key while the cached keys are stale: it may
    /// be a good one.
    pub async fn verify(&self, token: &Secret, now: Timestamp) -> Result<Claims, Refusal> {
        let found = self.cached.find(|keys| known(partner::verify(token, keys, now)), now).await?;
        found.unwrap_or(Err(TokenError::UnknownKey)).map_err(|error| {
            Refusal::InvalidToken(match error {
                TokenError::UnknownKey => TokenRefusal::UnknownKey,
                TokenError::Invalid => TokenRefusal::Invalid,
                TokenError::Expired => TokenRefusal::Expired,
            })
        })
    }
}
