//! The fence of the realm, which all users of the identity provider are in.

use std::time::Duration;

use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::cache::Cache;
use store::SsoRealm;

use super::refusal::Refusal;

/// How long an instance caches the fence: as long as organizations are cached elsewhere, because the
/// margin of fences depends on it.
const CACHED: Duration = Duration::from_mins(1);

pub struct Realm {
    stored: SsoRealm,
    cache: Cache<(), Option<Timestamp>>,
}

impl Realm {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { stored: SsoRealm::new(aws)?, cache: Cache::new(CACHED) })
    }

    /// Tokens from at or before this instant are refused; `None` if there never was a fence.
    pub async fn valid_after(&self, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
        if let Some(cached) = self.cache.get(&(), now) {
            return Ok(cached);
        }
        let valid_after = self.stored.valid_after().await?;
        self.cache.put((), valid_after, now);
        Ok(valid_after)
    }
}
