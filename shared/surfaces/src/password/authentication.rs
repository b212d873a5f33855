//! Who calls with a token: the check behind the surface's own protected endpoint and behind the
//! authorizer of everybody else's.

use domain::id::{ApiName, OrganizationId};
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::password::{self, Claims};
use domain::user::User;
use lambda_http::Request;
use runtime::aws::Aws;
use runtime::http;
use runtime::key_rings::KeyRings;
use runtime::resources::KeyRingName;
use store::Users;

use super::cookie;
use super::organization::Organizations;
use super::refusal::Refusal;

/// Checks tokens.
pub struct Authentication {
    organizations: Organizations,
    access_keys: KeyRings,
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
    pub fn by(request: &Request, api: &ApiName) -> Option<Self> {
        let has_authorization = request.headers().contains_key("authorization");
        let cookie = || http::cookie(request, &cookie::name(api));
        Self::among(has_authorization, || http::bearer(request), cookie)
    }

    /// A caller who sends `Authorization` means it: then no cookie counts, not even beside a bad token.
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

/// A user who is logged in.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The user as of now.
    pub user: User,
    pub claims: Claims,
}

impl Authentication {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self {
            organizations: Organizations::new(aws)?,
            access_keys: KeyRings::new(aws, KeyRingName::PasswordAccess)?,
            users: Users::new(aws)?,
        })
    }

    /// The principal of a request to this API that names this organization.
    ///
    /// # Errors
    /// `Unauthorized` for everything that is wrong with token, organization or user, so that the caller
    /// doesn't learn what it was.
    pub async fn principal(
        &self,
        api: &ApiName,
        organization: &OrganizationId,
        presented: Option<Presented>,
        now: Timestamp,
    ) -> Result<Principal, Refusal> {
        let presented = presented.ok_or(Refusal::Unauthorized)?;
        let verify = |ring: &_| password::verify(presented.token(), api, ring, now);
        let claims = self.access_keys.verified(verify, now).await?;
        let claims = claims.map_err(|_| Refusal::Unauthorized)?;
        if claims.organization != *organization {
            return Err(Refusal::Unauthorized);
        }
        let (found, user) = tokio::try_join!(
            self.organizations.find(organization, now),
            self.users.find(organization, &claims.sub),
        )?;
        let takes_it = found.is_some_and(|found| match presented {
            Presented::Bearer(_) => true,
            Presented::Cookie(_) => found.password_cookie,
        });
        let user = user.filter(|user| takes_it && user.admits(claims.issued_at()));
        Ok(Principal { user: user.ok_or(Refusal::Unauthorized)?, claims })
    }
}
