//! The tenant that a request names in its `organization` header.

use std::sync::Arc;
use std::time::Duration;

use domain::id::OrganizationId;
use domain::organization::Organization;
use domain::time::Timestamp;
use lambda_http::Request;

use super::PasswordError;
use crate::cache::Cache;
use crate::store::Organizations;
use crate::{http, telemetry};

/// How long an organization's settings, or its absence, live on in an instance.
const CACHED: Duration = Duration::from_mins(1);

/// The id in the `organization` header.
///
/// # Errors
/// `OrganizationRequired` when the header is missing or blank.
pub fn organization_id(request: &Request) -> Result<OrganizationId, PasswordError> {
    let id = http::header(request, "organization").ok_or(PasswordError::OrganizationRequired)?;
    Ok(OrganizationId::meant_by(id))
}

/// Finds tenants.
pub struct Tenants {
    organizations: Organizations,
    cache: Cache<OrganizationId, Option<Arc<Organization>>>,
}

impl Tenants {
    /// Over the given organizations.
    #[must_use]
    pub fn new(organizations: Organizations) -> Self {
        Self { organizations, cache: Cache::new(CACHED) }
    }

    /// Opens the connection to DynamoDB ahead of the first request.
    pub async fn prime(&self) {
        self.organizations.prime().await;
    }

    /// The organization with this id. That there is none is remembered like any other answer: asking
    /// again must cost the same whether there is one or not.
    ///
    /// # Errors
    /// DynamoDB is unavailable.
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
        if let Some(organization) = &found {
            telemetry::organization(&organization.id);
        }
        Ok(found)
    }
}
