//! The portal surface: patients sign in by a one-time code. Its tenants, its envelope, its tokens.

mod authentication;
mod error;
mod request;

use std::sync::Arc;
use std::time::Duration;

use domain::organization::Organization;
use domain::secret::{Digest, Secret};
use domain::time::Timestamp;
use lambda_http::{Body, Request, Response};
use serde::Serialize;

pub use self::authentication::{Authentication, Principal};
pub use self::error::PortalError;
pub use self::request::{Addressee, Presented};
use crate::cache::Cache;
use crate::store::Organizations;
use crate::{http, telemetry};

/// How long an organization's settings, or an API key that was retired, live on in an instance.
const CACHED: Duration = Duration::from_mins(1);

/// Finds the tenant that a request comes from.
pub struct Portal {
    organizations: Organizations,
    cache: Cache<Digest, Arc<Organization>>,
}

impl Portal {
    /// A portal over the given organizations.
    #[must_use]
    pub fn new(organizations: Organizations) -> Self {
        Self { organizations, cache: Cache::new(CACHED) }
    }

    /// Opens the connection to DynamoDB ahead of the first request.
    pub async fn prime(&self) {
        self.organizations.prime().await;
    }

    /// The partner organization that the `cv-api-key` header belongs to.
    ///
    /// # Errors
    /// `Validation` without the header, `OrganizationNotFound` for a key of nobody or of an
    /// organization that is no partner, `Unavailable`.
    pub async fn organization(
        &self,
        request: &Request,
        now: Timestamp,
    ) -> Result<Arc<Organization>, PortalError> {
        let key = http::header(request, "cv-api-key").ok_or(PortalError::Validation)?;
        let organization = self.by_api_key(&Secret::new(key), now).await?;
        organization.ok_or(PortalError::OrganizationNotFound)
    }

    async fn by_api_key(
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
        let partner = found.filter(|organization| organization.partner);
        if let Some(organization) = &partner {
            telemetry::organization(&organization.id);
        }
        Ok(partner)
    }
}

/// The envelope of a success: the endpoint's fields stand beside `status` and `success`.
#[derive(Serialize)]
struct Envelope<'a, T> {
    status: u16,
    success: bool,
    #[serde(flatten)]
    fields: &'a T,
}

/// An endpoint without fields of its own.
#[derive(Serialize)]
pub struct Empty {}

/// What a client is given at a sign-in and at each rotation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tokens<'a> {
    access_token: &'a str,
    refresh_token: &'a str,
    expires_in: u64,
    token_type: &'static str,
}

impl<'a> Tokens<'a> {
    /// An access token and the refresh token of the same family.
    #[must_use]
    pub fn bearer(access: &'a Secret, refresh: &'a domain::token::refresh::RefreshToken) -> Self {
        Self {
            access_token: access.expose(),
            refresh_token: refresh.expose(),
            expires_in: domain::token::access::LIFETIME.as_secs(),
            token_type: "Bearer",
        }
    }
}

/// A 200 in the portal's envelope.
#[must_use]
pub fn ok(fields: &impl Serialize) -> Response<Body> {
    http::reply(200, &Envelope { status: 200, success: true, fields })
}
