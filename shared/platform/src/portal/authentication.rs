//! Who calls with an access token: the check behind the portal's own protected endpoints and behind
//! the authorizer of everybody else's.

use std::sync::Arc;

use domain::organization::Organization;
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::access::{self, Claims};
use domain::user::User;

use super::{Portal, PortalError};
use crate::keys::KeyRings;
use crate::store::Users;

/// Checks access tokens.
pub struct Authentication {
    portal: Portal,
    keys: KeyRings,
    users: Users,
}

/// A patient, signed in.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The user as of now.
    pub user: User,
    /// What the token says.
    pub claims: Claims,
}

impl Authentication {
    /// Over organizations, the keys that sign access tokens, and users.
    #[must_use]
    pub fn new(portal: Portal, keys: KeyRings, users: Users) -> Self {
        Self { portal, keys, users }
    }

    /// Fetches keys and opens connections ahead of the first request.
    pub async fn prime(&self) {
        tokio::join!(self.portal.prime(), self.keys.prime());
    }

    /// The principal of a request: API key, token, tenant and user, in this order.
    ///
    /// # Errors
    /// `Validation` without an API key; `InvalidToken` for everything else that is wrong with what
    /// the caller presents, so that nobody learns what it was; `Unavailable`.
    pub async fn principal(
        &self,
        api_key: Option<&str>,
        token: Option<Secret>,
        now: Timestamp,
    ) -> Result<Principal, PortalError> {
        let api_key = Secret::new(api_key.ok_or(PortalError::Validation)?);
        let organization = self.portal.by_api_key(&api_key, now).await?;
        let organization = organization.ok_or(PortalError::InvalidToken)?;
        let claims = self.claims(&token.ok_or(PortalError::InvalidToken)?, now).await?;
        self.admitted(&organization, claims).await
    }

    async fn claims(&self, token: &Secret, now: Timestamp) -> Result<Claims, PortalError> {
        let verified = self.keys.verified(|ring| access::verify(token, ring, now), now).await?;
        verified.map_err(|_| PortalError::InvalidToken)
    }

    async fn admitted(
        &self,
        organization: &Arc<Organization>,
        claims: Claims,
    ) -> Result<Principal, PortalError> {
        if claims.organization_id != organization.id {
            return Err(PortalError::InvalidToken);
        }
        let user = self.users.find(&organization.id, &claims.user_id).await?;
        match user {
            Some(user) if user.admits(claims.issued_at()) => Ok(Principal { user, claims }),
            _ => Err(PortalError::InvalidToken),
        }
    }
}
