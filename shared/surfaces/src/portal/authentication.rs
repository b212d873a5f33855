//! Authentication by an access token, for the portal's own protected endpoint and for the authorizer of
//! other teams' APIs.

use domain::organization::Organization;
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::access::{self, Claims};
use domain::user::User;
use runtime::aws::Aws;
use runtime::key_rings::KeyRings;
use runtime::resources::KeyRingName;
use store::Users;

use super::api_key::ApiKeys;
use super::issue::Issue;
use super::refusal::Refusal;

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
        Ok(Self {
            api_keys: ApiKeys::new(aws)?,
            access_keys: KeyRings::new(aws, KeyRingName::PortalAccess)?,
            users: Users::new(aws)?,
        })
    }

    /// The principal of a request. Checks API key, token, organization and user, in this order.
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
        let organization = self.api_keys.find(&api_key, now).await?;
        let token = token.ok_or(Refusal::TokenRequired)?;
        let organization = organization.ok_or(Refusal::InvalidToken)?;
        let verify = |ring: &_| access::verify(&token, ring, now);
        let claims = self.access_keys.verified(verify, now).await?;
        self.admitted(&organization, claims.map_err(|_| Refusal::InvalidToken)?).await
    }

    async fn admitted(
        &self,
        organization: &Organization,
        claims: Claims,
    ) -> Result<Principal, Refusal> {
        if claims.organization_id != organization.id {
            return Err(Refusal::InvalidToken);
        }
        let user = self.users.find(&organization.id, &claims.user_id).await?;
        let issued_at = claims.issued_at();
        let user = user.filter(|user| organization.admits(issued_at) && user.admits(issued_at));
        Ok(Principal { user: user.ok_or(Refusal::InvalidToken)?, claims })
    }
}
