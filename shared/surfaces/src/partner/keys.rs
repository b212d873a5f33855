//! The public keys that verify partners' tokens, cached.

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
use runtime::key_rings::conclusive;
use runtime::outage::Unavailable;
use store::Jwks;

use super::refusal::{Refusal, TokenRefusal};

/// How long the published keys are cached. A new key is published for longer than this before it
/// signs.
const LIFETIME: Duration = Duration::from_mins(5);

/// How old the cached keys may be when we publish them. Clients cache them for another five minutes, in
/// which no key may sign that they don't have.
const MAX_PUBLISHED_AGE: Duration = Duration::from_mins(8);

/// How often an unknown key id may cause a read: forged tokens must not cause a call each.
const REFETCH_INTERVAL: Duration = Duration::from_mins(1);

/// The published keys.
pub struct VerificationKeys {
    cached: Arc<Cached<PublishedKeys>>,
}

impl VerificationKeys {
    /// The published keys, read before the first request.
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
        aws.keep(&cached);
        Ok(Self { cached })
    }

    /// The keys to publish. Clients cache them.
    ///
    /// # Errors
    /// [`Unavailable`] also if the cached keys are so old that a key which signs may be missing.
    pub async fn to_publish(&self, now: Timestamp) -> anyhow::Result<Arc<PublishedKeys>> {
        self.cached.current_within(MAX_PUBLISHED_AGE, now).await
    }

    /// The claims that the cached keys accept, without waiting for newer keys: for reads that may begin
    /// before [`VerificationKeys::verify`] decides.
    pub fn presumed(&self, token: &Secret, now: Timestamp) -> Option<Claims> {
        partner::verify(token, self.cached.cached()?.as_ref(), now).ok()
    }

    /// The claims of a valid token. For a key that is not cached, the keys are read again at most once
    /// a minute; tokens under cached keys never wait for that.
    ///
    /// # Errors
    /// A server error also for a token under an unknown key while the cached keys are stale: the token
    /// may be valid.
    pub async fn verify(&self, token: &Secret, now: Timestamp) -> Result<Claims, Refusal> {
        let verify = |keys: &_| conclusive(partner::verify(token, keys, now));
        let found = self.cached.find(verify, now).await?;
        found.unwrap_or(Err(TokenError::UnknownKey)).map_err(|error| {
            Refusal::InvalidToken(match error {
                TokenError::UnknownKey => TokenRefusal::UnknownKey,
                TokenError::Invalid => TokenRefusal::Invalid,
                TokenError::Expired => TokenRefusal::Expired,
            })
        })
    }
}
