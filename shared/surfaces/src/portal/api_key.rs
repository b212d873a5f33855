//! The organization of the API key in a request's `cv-api-key` header.

use std::sync::Arc;
use std::time::Duration;

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

    /// The organization of the request's API key, if the portal is enabled for it.
    pub async fn organization(
        &self,
        request: &Request,
        now: Timestamp,
    ) -> Result<Arc<Organization>, Refusal> {
        let key = http::header(request, "cv-api-key").ok_or(Refusal::Validation(Issue::API_KEY))?;
        let organization = self.find(&Secret::new(key), now).await?;
        organization.ok_or(Refusal::OrganizationNotFound)
    }

    pub(super) async fn find(
        &self,
        key: &Secret,
        now: Timestamp,
    ) -> anyhow::Result<Option<Arc<Organization>>> {
        let digest = key.digest();
        let found = match self.cache.get(&digest, now) {
            Some(organization) => Some(organization),
            None => self.organizations.find_by_api_key(&digest).await?.map(|organization| {
                let organization = Arc::new(organization);
                self.cache.put(digest, Arc::clone(&organization), now);
                organization
            }),
        };
        let may_use = |it: &Arc<Organization>| it.portal_enabled && !it.has_ended(now);
        let enabled = found.filter(may_use);
        if let Some(organization) = &enabled {
            telemetry::organization(&organization.id);
        }
        Ok(enabled)
    }
}
