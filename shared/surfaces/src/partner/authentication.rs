//! Who calls with a token and an organization's secret: the checks behind the validation and behind the
//! authorizer of other teams' APIs.

use domain::id::OrganizationId;
use domain::partner::Connection;
use domain::scope::{Scope, Scopes};
use domain::time::Timestamp;
use domain::token::partner::Claims;
use domain::user::User;
use runtime::aws::Aws;
use runtime::telemetry;
use store::{Connections, Partners, Users};

use super::keys::VerificationKeys;
use super::presented::Presented;
use super::refusal::{Refusal, TokenRefusal};

/// Checks tokens and secrets.
pub struct Authentication {
    keys: VerificationKeys,
    partners: Partners,
    connections: Connections,
    users: Users,
}

/// A caller whose token and organization's secret are right, and what remains to be checked.
#[derive(Clone, Debug)]
pub struct Caller {
    pub claims: Claims,
    /// The organization that was called for.
    pub organization: OrganizationId,
    /// What it shares with the token's partner.
    pub connection: Connection,
    /// The token's user, if the organization has them.
    user: Option<User>,
}

impl Authentication {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self {
            keys: VerificationKeys::new(aws)?,
            partners: Partners::new(aws)?,
            connections: Connections::new(aws)?,
            users: Users::new(aws)?,
        })
    }

    /// The caller of a request: the token is verified first, then partner, organization and user are
    /// looked up side by side, then the secret is compared.
    pub async fn caller(&self, presented: &Presented, now: Timestamp) -> Result<Caller, Refusal> {
        let claims = self.keys.verify(&presented.token, now).await?;
        let organization = presented.organization.as_ref().unwrap_or(&claims.organization_id);
        let (partner, connection, user) = tokio::try_join!(
            self.partners.find(&claims.partner_id),
            self.connections.find(organization),
            self.users.find(organization, &claims.user_id),
        )?;
        partner.ok_or(Refusal::InvalidToken(TokenRefusal::UnknownPartner))?;
        let connection = connection.filter(|connection| connection.partner == claims.partner_id);
        let connection = connection.ok_or(Refusal::InvalidToken(TokenRefusal::NotConnected))?;
        if !connection.credentials.matches(&presented.secret) {
            return Err(Refusal::WrongSecret);
        }
        telemetry::organization(organization);
        Ok(Caller { organization: organization.clone(), claims, connection, user })
    }
}

impl Caller {
    /// Whether the token has a scope, and the organization still allows it.
    pub fn has_scope(&self, scope: Scope) -> Result<(), Refusal> {
        self.scopes().contains(scope).then_some(()).ok_or(Refusal::ScopeMissing)
    }

    /// Whether the organization is the token's own, and its user one of this organization.
    pub fn has_access(&self) -> Result<(), Refusal> {
        let is_own = self.claims.organization_id == self.organization;
        let is_user = |user: &User| user.admits(self.claims.issued_at());
        (is_own && self.user.as_ref().is_some_and(is_user)).then_some(()).ok_or(Refusal::NoAccess)
    }

    /// What the token says that it may, as far as the organization still allows it.
    pub fn scopes(&self) -> Scopes {
        self.claims.scope.granted(&self.connection.scopes)
    }
}
