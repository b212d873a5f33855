//! The organization of the API key in a request's `cv-api-key` header.

use std::sync::Arc;
use std::time::Duration;

use domain::id::OrganizationId;
use domain::organization::Organization;
use domain::secret::{Digest, Secret};
use domain::time::Timestamp;
use lambda_http::Request;
use runtime::aws::Aws;
use runtime::cache::Cache;
use runtime::{http, telemetry};
use store::Organizations;

use super::issue::Issue;
use super::refusal::Refusal;

/// How long an instance caches an API key's organization. So long, a retired key still works there.
const CACHED: Duration = Duration::from_mins(1);

/// Finds organizations by their API keys.
pub struct ApiKeys {
    organizations: Organizations,
    cache: Cache<Digest, Arc<Organization>>,
}

impl ApiKeys {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { organizations: Organizations::new(aws)?, cache: Cache::new(CACHED) })
    }

    /// The API key of a request.
    pub fn presented(request: &Request) -> Result<Secret, Refusal> {
        let key = http::header(request, "cv-api-key");
        key.map(Secret::new).ok_or(Refusal::Validation(Issue::API_KEY))
    }

    /// The organization of the request's API key, if the portal is enabled for it.
    pub async fn organization(
        &self,
        request: &Request,
        now: Timestamp,
    ) -> Result<Arc<Organization>, Refusal> {
        let found = self.find(&Self::presented(request)?, now).await?;
        found.ok_or(Refusal::OrganizationNotFound)
    }

    /// The organization of an API key, if the portal is enabled for it. If not, the log says why.
    pub async fn find(
        &self,
        key: &Secret,
        now: Timestamp,
    ) -> anyhow::Result<Option<Arc<Organization>>> {
        let key = key.digest();
        let found = self.cached_or(&key, self.organizations.find_by_api_key(&key), now).await?;
        let step = match &found {
            None => "API_KEY_UNKNOWN",
            Some(organization) if organization.has_ended(now) => "SANDBOX_ENDED",
            Some(_) => "PORTAL_NOT_ENABLED",
        };
        let enabled = enabled(found, &key, now);
        if enabled.is_none() {
            telemetry::failed_step(step);
        }
        Ok(enabled)
    }

    /// The organization with this id, if it is the API key's and the portal is enabled for it. It takes
    /// one round trip to DynamoDB, beside others, where [`ApiKeys::find`] takes two.
    pub async fn find_as(
        &self,
        id: &OrganizationId,
        key: &Secret,
        now: Timestamp,
    ) -> anyhow::Result<Option<Arc<Organization>>> {
        let key = key.digest();
        let found = self.cached_or(&key, self.organizations.find_as(id, &key), now).await?;
        Ok(enabled(found.filter(|organization| organization.id == *id), &key, now))
    }

    /// Whether the API key is known to be another organization's, without a read.
    pub fn is_of_another(&self, id: &OrganizationId, key: &Secret, now: Timestamp) -> bool {
        self.cache.get(&key.digest(), now).is_some_and(|cached| cached.id != *id)
    }

    /// The refusal of a request whose API key has not been looked up yet: that an unknown key is refused
    /// comes before all else.
    pub async fn refused(
        &self,
        key: &Secret,
        refusal: Refusal,
        now: Timestamp,
    ) -> anyhow::Result<Refusal> {
        let is_known = self.find(key, now).await?.is_some();
        Ok(if is_known { refusal } else { Refusal::OrganizationNotFound })
    }

    /// The cached organization of an API key, or the one that is read.
    async fn cached_or(
        &self,
        key: &Digest,
        read: impl Future<Output = anyhow::Result<Option<Organization>>>,
        now: Timestamp,
    ) -> anyhow::Result<Option<Arc<Organization>>> {
        if let Some(cached) = self.cache.get(key, now) {
            return Ok(Some(cached));
        }
        let found = read.await?.map(Arc::new);
        if let Some(organization) = &found {
            self.cache.put(key.clone(), Arc::clone(organization), now);
        }
        Ok(found)
    }
}

fn enabled(
    found: Option<Arc<Organization>>,
    key: &Digest,
    now: Timestamp,
) -> Option<Arc<Organization>> {
    let enabled = found.filter(|it| it.portal_enabled && !it.has_ended(now))?;
    telemetry::organization(&enabled.id);
    telemetry::api_key(key.name());
    if enabled.sandbox.is_some() {
        telemetry::sandbox();
    }
    Some(enabled)
}
