//! Who calls with a token and an organization's secret: the checks behind the validation and behind the
//! authorizer of everybody else's APIs.

use domain::id::OrganizationId;
use domain::partner::Connection;
use domain::scope::{Scope, Scopes};
use domain::time::Timestamp;
use domain::token::partner::Claims;
use domain::user::User;

use super::{Keys, PartnerError, Presented, TokenFault};
use crate::store::{Partners, Users};
use crate::telemetry;

/// Checks tokens and secrets.
pub struct Authentication {
    keys: Keys,
    partners: Partners,
    users: Users,
}

/// Somebody whose token and organization's secret are right, and what remains to be asked of them.
#[derive(Clone, Debug)]
pub struct Caller {
    /// What the token says.
    pub claims: Claims,
    /// The organization that was called for.
    pub organization: OrganizationId,
    /// What it shares with the token's partner.
    pub connection: Connection,
    /// The token's user, if the organization has them.
    user: Option<User>,
}

impl Authentication {
    /// Over partners and users.
    #[must_use]
    pub fn new(partners: Partners, users: Users) -> Self {
        Self { keys: Keys::new(partners.clone()), partners, users }
    }

    /// Reads the public keys ahead of the first request, and so opens the connection.
    pub async fn prime(&self) {
        self.keys.prime().await;
    }

    /// The caller of a request: the token is verified first, then partner, organization and user are
    /// looked up side by side, then the secret is compared.
    ///
    /// # Errors
    /// `InvalidToken`, `WrongSecret`, `Unavailable`.
    pub async fn caller(
        &self,
        presented: &Presented,
        now: Timestamp,
    ) -> Result<Caller, PartnerError> {
        let claims = self.keys.verify(&presented.token, now).await?;
        let organization = presented.organization.as_ref().unwrap_or(&claims.organization_id);
        let (partner, connection, user) = tokio::try_join!(
            self.partners.find(&claims.partner_id),
            self.partners.connection(organization),
            self.users.find(organization, &claims.user_id),
        )?;
        partner.ok_or(PartnerError::InvalidToken(TokenFault::UnknownPartner))?;
        let connection = connection.filter(|connection| connection.partner == claims.partner_id);
        let connection = connection.ok_or(PartnerError::InvalidToken(TokenFault::NotConnected))?;
        if !connection.credentials.matches(&presented.secret) {
            return Err(PartnerError::WrongSecret);
        }
        telemetry::organization(organization);
        Ok(Caller { organization: organization.clone(), claims, connection, user })
    }
}

impl Caller {
    /// Whether the token has a scope, and the organization still allows it.
    ///
    /// # Errors
    /// `ScopeMissing`.
    pub fn has_scope(&self, scope: Scope) -> Result<(), PartnerError> {
        self.scopes().contains(scope).then_some(()).ok_or(PartnerError::ScopeMissing)
    }

    /// Whether the organization is the token's own, and its user one of this organization.
    ///
    /// # Errors
    /// `NoAccess`.
    pub fn has_access(&self) -> Result<(), PartnerError> {
        let is_own = self.claims.organization_id == self.organization;
        let is_user = |user: &User| user.admits(self.claims.issued_at());
        (is_own && self.user.as_ref().is_some_and(is_user))
            .then_some(())
            .ok_or(PartnerError::NoAccess)
    }

    /// What the token says that it may, as far as the organization still allows it.
    #[must_use]
    pub fn scopes(&self) -> Scopes {
        self.claims.scope.granted(&self.connection.scopes)
    }
}
