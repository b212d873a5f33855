//! Authentication by an access token, for the portal's own protected endpoint and for the authorizer of
//! other teams' APIs.

use std::sync::Arc;

use domain::key::KeyRing;
use domain::organization::Organization;
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::TokenError;
use domain::token::access::{self, Claims};
use domain::user::User;
use runtime::aws::Aws;
use runtime::key_rings::KeyRings;
use runtime::resources::KeyRingName;
use runtime::telemetry;
use store::Users;

use super::api_key::ApiKeys;
use super::issue::Issue;
use super::refusal::Refusal;
use crate::admission::{admitted, token_step};

pub struct Authentication {
    api_keys: ApiKeys,
    access_keys: KeyRings,
    users: Users,
}

/// A signed-in user.
#[derive(Clone, Debug)]
pub struct Principal {
    pub user: User,
    pub claims: Claims,
}

impl Authentication {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        aws.expect_parallel_calls(2);
        Ok(Self {
            api_keys: ApiKeys::new(aws)?,
            access_keys: KeyRings::new(aws, KeyRingName::PortalAccess)?,
            users: Users::new(aws)?,
        })
    }

    /// The principal of a request. The token's claims name organization and user, so that both are read
    /// at once, and beside a refresh of the keys, if that is due.
    ///
    /// # Errors
    /// `Validation` without an API key, `TokenRequired` without a token; `InvalidToken` for every other
    /// problem, so that the caller doesn't learn which one it is.
    pub async fn principal(
        &self,
        api_key: Option<&str>,
        token: Option<Secret>,
        now: Timestamp,
    ) -> Result<Principal, Refusal> {
        let api_key = Secret::new(api_key.ok_or(Refusal::Validation(Issue::API_KEY))?);
        let token = token.ok_or(Refusal::TokenRequired)?;
        let verify = |ring: &_| access::verify(&token, ring, now);
        let claims = match self.access_keys.presumed(verify) {
            Some(claims) => claims,
            None => match self.access_keys.verified(&verify, now).await? {
                Ok(claims) => claims,
                Err(error) => {
                    // For the log; the answer is the same without it.
                    self.api_keys.find(&api_key, now).await?;
                    return Err(invalid(error));
                }
            },
        };
        let (claims, organization, user) = tokio::try_join!(
            self.verified(&verify, now),
            self.organization(&claims, &api_key, now),
            self.user(&claims),
        )?;
        telemetry::user(&claims.user_id);
        let admitted = admitted(user, organization.valid_after, claims.issued_at());
        Ok(Principal { user: admitted.map_err(refused)?, claims })
    }

    async fn verified(
        &self,
        verify: &impl Fn(&KeyRing) -> Result<Claims, TokenError>,
        now: Timestamp,
    ) -> Result<Claims, Refusal> {
        self.access_keys.verified(verify, now).await?.map_err(invalid)
    }

    async fn organization(
        &self,
        claims: &Claims,
        api_key: &Secret,
        now: Timestamp,
    ) -> Result<Arc<Organization>, Refusal> {
        let organization = self.api_keys.find_as(&claims.organization_id, api_key, now).await?;
        organization.ok_or_else(|| refused("ORGANIZATION_NOT_OWN"))
    }

    async fn user(&self, claims: &Claims) -> Result<Option<User>, Refusal> {
        Ok(self.users.find(&claims.organization_id, &claims.user_id).await?)
    }
}

fn invalid(error: TokenError) -> Refusal {
    refused(token_step(error, "INVALID_TOKEN"))
}

/// One answer for all reasons; the log has the step.
fn refused(step: &'static str) -> Refusal {
    telemetry::failed_step(step);
    Refusal::InvalidToken
}
