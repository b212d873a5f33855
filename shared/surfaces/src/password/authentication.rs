//! Authentication by a token, for the surface's own protected endpoint and for the authorizer of other
//! teams' APIs.

use std::time::Duration;

use domain::id::{ApiName, OrganizationId};
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::TokenError;
use domain::token::password::{self, Claims};
use domain::user::User;
use lambda_http::Request;
use runtime::aws::Aws;
use runtime::http;
use runtime::key_rings::KeyRings;
use runtime::resources::KeyRingName;
use runtime::telemetry;
use store::Users;

use super::cookie;
use super::lifetime::token_lifetime;
use super::organization::Organizations;
use super::refusal::Refusal;
use crate::admission::{admitted, token_step};

pub struct Authentication {
    organizations: Organizations,
    access_keys: KeyRings,
    users: Users,
    lifetime: Duration,
}

/// The token of a request.
#[derive(Clone, Debug)]
pub enum Presented {
    /// From `Authorization: Bearer`.
    Bearer(Secret),
    /// From the cookie, which only some organizations accept.
    Cookie(Secret),
}

impl Presented {
    /// If the `Authorization` header's scheme is Bearer, the cookie is ignored, even if the header is
    /// invalid. Another scheme is not for us: a proxy in front of a test deployment may ask for Basic.
    pub fn by(request: &Request, api: &ApiName) -> Option<Self> {
        match http::header(request, "authorization").filter(|value| http::is_bearer(value)) {
            Some(bearer) => http::bearer_token(bearer).map(Self::Bearer),
            None => http::cookie(request, &cookie::name(api)).map(Secret::new).map(Self::Cookie),
        }
    }

    fn token(&self) -> &Secret {
        match self {
            Self::Bearer(token) | Self::Cookie(token) => token,
        }
    }
}

/// A logged-in user.
#[derive(Clone, Debug)]
pub struct Principal {
    pub user: User,
    pub claims: Claims,
}

impl Authentication {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        aws.expect_parallel_calls(2);
        Ok(Self {
            organizations: Organizations::new(aws)?,
            access_keys: KeyRings::new(aws, KeyRingName::PasswordAccess)?,
            users: Users::new(aws)?,
            lifetime: token_lifetime(aws.config())?,
        })
    }

    /// The principal of a request to this API that names this organization.
    ///
    /// # Errors
    /// `TokenRequired` without a token; `Unauthorized` for every problem with token, organization or
    /// user, so that the caller doesn't learn which one it is.
    pub async fn principal(
        &self,
        api: &ApiName,
        organization: &OrganizationId,
        presented: Option<Presented>,
        now: Timestamp,
    ) -> Result<Principal, Refusal> {
        let presented = presented.ok_or(Refusal::TokenRequired)?;
        let lifetime = self.lifetime;
        let verify = |ring: &_| password::verify(presented.token(), api, ring, lifetime, now);
        let verified = async || self.access_keys.verified(verify, now).await;
        let claims = match self.access_keys.presumed(verify) {
            Some(claims) => claims,
            None => verified().await?.map_err(invalid)?,
        };
        if claims.organization != *organization {
            return Err(refused("ORGANIZATION_NOT_OWN"));
        }
        let (claims, found, user) = tokio::try_join!(
            verified(),
            self.organizations.find(organization, now),
            self.users.find(organization, &claims.sub),
        )?;
        let claims = claims.map_err(invalid)?;
        telemetry::user(&claims.sub);
        let found = found.ok_or_else(|| refused("ORGANIZATION_UNKNOWN"))?;
        if matches!(presented, Presented::Cookie(_)) && !found.password_cookie {
            return Err(refused("COOKIE_NOT_ACCEPTED"));
        }
        let admitted = admitted(user, found.valid_after, claims.issued_at());
        Ok(Principal { user: admitted.map_err(refused)?, claims })
    }
}

fn invalid(error: TokenError) -> Refusal {
    refused(token_step(error, "UNAUTHORIZED"))
}

/// One answer for all reasons; the log has the step.
fn refused(step: &'static str) -> Refusal {
    telemetry::failed_step(step);
    Refusal::Unauthorized
}
