//! The organization that a request names in its `organization` header.

use std::sync::Arc;
use std::time::Duration;

use domain::id::OrganizationId;
use domain::organization::Organization;
use domain::time::Timestamp;
use lambda_http::Request;
use runtime::aws::Aws;
use runtime::cache::Cache;
use runtime::{http, telemetry};

use super::refusal::Refusal;

/// How long an instance caches an organization's settings, or that the organization was not found.
const CACHED: Duration = Duration::from_mins(1);

/// The id in the `organization` header.
pub fn organization_id(request: &Request) -> Result<OrganizationId, Refusal> {
    let id = http::header(request, "organization").ok_or(Refusal::OrganizationRequired)?;
    Ok(OrganizationId::for_lookup(id))
}

/// Finds organizations by their ids.
pub struct Organizations {
    organizations: store::Organizations,
    cache: Cache<OrganizationId, Option<Arc<Organization>>>,
}

impl Organizations {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        let organizations = store::Organizations::new(aws)?;
        Ok(Self { organizations, cache: Cache::new(CACHED) })
    }

    /// The organization with this id. That it was not found is cached, too, so that a repeated request
    /// takes the same steps for a known and an unknown organization.
    pub async fn find(
        &self,
        id: &OrganizationId,
        now: Timestamp,
    ) -> anyhow::Result<Option<Arc<Organization>>> {
        let found = if let Some(found) = self.cache.get(id, now) {
            found
        } else {
            let found = self.organizations.find(id).await?.map(Arc::new);
            self.cache.put(id.clone(), found.clone(), now);
            found
        };
        let found = found.filter(|organization| !organization.has_ended(now));
        if let Some(organization) = &found {
            telemetry::organization(&organization.id);
        }
        Ok(found)
    }
}
