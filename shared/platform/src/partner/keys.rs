//! The public keys that tokens verify under, as an instance knows them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::Refusal;
use domain::token::jwks::PublishedKeys;
use domain::token::partner::{self, Claims};

use super::{PartnerError, TokenFault};
use crate::aws::Unavailable;
use crate::kept::Kept;
use crate::store::Partners;

/// How long what is published is used before it is looked at again. A new key is published for longer
/// than this before it signs.
const LIFETIME: Duration = Duration::from_mins(5);

/// How long it is shown to others when it can't be looked at again: they would keep it for another five
/// minutes, in which a key that isn't in it must not sign.
const SHOWN_ON: Duration = Duration::from_mins(8);

/// How often an unknown key id may cause a read: forged tokens must not drive calls.
const REFETCH_INTERVAL: Duration = Duration::from_mins(1);

/// The published keys.
pub struct Keys {
    partners: Partners,
    kept: Kept<PublishedKeys>,
}

impl Keys {
    /// Over what is published.
    #[must_use]
    pub fn new(partners: Partners) -> Self {
        Self { partners, kept: Kept::new(LIFETIME, REFETCH_INTERVAL) }
    }

    /// Reads them ahead of the first request, and so opens the connection.
    pub async fn prime(&self) {
        let read = async { self.current(crate::http::clock()).await.map(drop) };
        crate::http::prepared(read, "read the published keys").await;
    }

    /// What is published.
    ///
    /// # Errors
    /// [`Unavailable`] when nothing is held and nothing can be read, or nothing was published yet.
    pub async fn current(&self, now: Timestamp) -> anyhow::Result<Arc<PublishedKeys>> {
        self.kept.current(self.read(), now).await
    }

    /// What is published, for others to keep.
    ///
    /// # Errors
    /// As [`Keys::current`]; [`Unavailable`], too, when what is held may lack a key that signs.
    pub async fn shown(&self, now: Timestamp) -> anyhow::Result<Arc<PublishedKeys>> {
        let keys = self.current(now).await?;
        if self.kept.age(now).is_some_and(|age| age > SHOWN_ON) {
            return Err(anyhow!("the published keys are too old").context(Unavailable));
        }
        Ok(keys)
    }

    /// The claims of a good token. A key that we don't know is looked for at most once a minute; tokens
    /// under those that we do know never wait for that.
    ///
    /// # Errors
    /// `InvalidToken`; `Unavailable` also for a token under an unknown key while what we hold may be
    /// out of date: it may be a good one.
    pub async fn verify(&self, token: &Secret, now: Timestamp) -> Result<Claims, PartnerError> {
        let verify = |keys: &PublishedKeys| partner::verify(token, keys, now);
        let verified = match verify(&*self.current(now).await?) {
            Err(Refusal::UnknownKey) => verify(&*self.kept.looked_up(self.read(), now).await?),
            verified => verified,
        };
        verified.map_err(|refusal| self.refused(refusal, now))
    }

    fn refused(&self, refusal: Refusal, now: Timestamp) -> PartnerError {
        let is_outdated = self.kept.age(now).is_none_or(|age| age >= LIFETIME);
        PartnerError::InvalidToken(match refusal {
            Refusal::UnknownKey if is_outdated => {
                let error = anyhow!("the published keys could not be read").context(Unavailable);
                return error.into();
            }
            Refusal::UnknownKey => TokenFault::UnknownKey,
            Refusal::Invalid => TokenFault::Invalid,
            Refusal::Expired => TokenFault::Expired,
        })
    }

    async fn read(&self) -> anyhow::Result<PublishedKeys> {
        let published = self.partners.published_keys().await?;
        published.context("no key was published yet").context(Unavailable)
    }
}
