//! Who calls with a token: the check behind the surface's own protected endpoint and behind the
//! authorizer of everybody else's.

use domain::id::{ApiName, OrganizationId};
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::password::{self, Claims};
use domain::user::User;
use lambda_http::Request;

use super::{PasswordError, Tenants, cookie};
use crate::http;
use crate::keys::KeyRings;
use crate::store::Users;

/// Checks tokens.
pub struct Authentication {
    tenants: Tenants,
    keys: KeyRings,
    users: Users,
}

/// A token, and how it came.
#[derive(Clone, Debug)]
pub enum Presented {
    /// In `Authorization: Bearer`.
    Bearer(Secret),
    /// In the cookie, which only some organizations take.
    Cookie(Secret),
}

impl Presented {
    /// The token of a request.
    #[must_use]
    pub fn by(request: &Request, api: &ApiName) -> Option<Self> {
        let has_authorization = request.headers().contains_key("authorization");
        let cookie = || http::cookie(request, &cookie::name(api));
        Self::among(has_authorization, || http::bearer(request), cookie)
    }

    /// Whoever sends `Authorization` means it: then no cookie counts, not even beside a bad token.
    #[must_use]
    pub fn among<'r>(
        has_authorization: bool,
        bearer: impl FnOnce() -> Option<Secret>,
        cookie: impl FnOnce() -> Option<&'r str>,
    ) -> Option<Self> {
        if has_authorization {
            bearer().map(Self::Bearer)
        } else {
            cookie().map(Secret::new).map(Self::Cookie)
        }
    }

    fn token(&self) -> &Secret {
        match self {
            Self::Bearer(token) | Self::Cookie(token) => token,
        }
    }
}

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The user as of now.
    pub user: User,
    /// What the token says.
    pub claims: Claims,
}

impl Authentication {
    /// Over tenants, the keys that sign tokens, and users.
    #[must_use]
    pub fn new(tenants: Tenants, keys: KeyRings, users: Users) -> Self {
        Self { tenants, keys, users }
    }

    /// Fetches keys and opens connections ahead of the first request.
    pub async fn prime(&self) {
        tokio::join!(self.tenants.prime(), self.keys.prime());
    }

    /// The principal of a request to this API that names this organization.
    ///
    /// # Errors
    /// `Unauthorized` for whatever is wrong with token, organization or user, so that nobody learns
    /// what it was; `Unavailable`.
    pub async fn principal(
        &self,
        api: &ApiName,
        organization: &OrganizationId,
        presented: Option<Presented>,
        now: Timestamp,
    ) -> Result<Principal, PasswordError> {
        let presented = presented.ok_or(PasswordError::Unauthorized)?;
        let verify = |ring: &_| password::verify(presented.token(), api, ring, now);
        let claims = self.keys.verified(verify, now).await?;
        let claims = claims.map_err(|_| PasswordError::Unauthorized)?;
        if claims.organization != *organization {
            return Err(PasswordError::Unauthorized);
        }
        let (tenant, user) = tokio::try_join!(
            self.tenants.find(organization, now),
            self.users.find(organization, &claims.sub),
        )?;
        let takes_it = tenant.is_some_and(|tenant| match presented {
            Presented::Bearer(_) => true,
            Presented::Cookie(_) => tenant.password_cookie,
        });
        match user {
            Some(user) if takes_it && user.admits(claims.issued_at()) => {
                Ok(Principal { user, claims })
            }
            _ => Err(PasswordError::Unauthorized),
        }
    }
}
