//! Authentication by a token and an organization's secret, for the validation and for the authorizer of
//! other teams' APIs.

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
use crate::admission::admitted;

/// Checks tokens and secrets.
pub struct Authentication {
    keys: VerificationKeys,
    partners: Partners,
    connections: Connections,
    users: Users,
}

/// A caller with a valid token and the right organization's secret. Scope and access are not checked.
#[derive(Clone, Debug)]
pub struct Caller {
    pub claims: Claims,
    /// The organization that the request names.
    pub organization: OrganizationId,
    /// The connection of the organization to the token's partner.
    pub connection: Connection,
    /// The token's user, if the organization has this user.
    user: Option<User>,
}

impl Authentication {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        aws.expect_parallel_calls(4);
        Ok(Self {
            keys: VerificationKeys::new(aws)?,
            partners: Partners::new(aws)?,
            connections: Connections::new(aws)?,
            users: Users::new(aws)?,
        })
    }

    /// The caller of a request. Verifies the token, reads partner, organization and user in parallel,
    /// beside a refresh of the keys, if that is due, and compares the secret.
    pub async fn caller(&self, presented: &Presented, now: Timestamp) -> Result<Caller, Refusal> {
        let claims = match self.keys.presumed(&presented.token, now) {
            Some(claims) => claims,
            None => self.keys.verify(&presented.token, now).await?,
        };
        let organization = presented.organization.as_ref().unwrap_or(&claims.organization_id);
        let found = async {
            let found = tokio::try_join!(
                self.partners.find(&claims.partner_id),
                self.connections.find(organization, now),
                self.users.find(organization, &claims.user_id),
            );
            Ok::<_, Refusal>(found?)
        };
        let verified = self.keys.verify(&presented.token, now);
        let (verified, (partner, connection, user)) = tokio::try_join!(verified, found)?;
        telemetry::user(&verified.user_id);
        partner.ok_or(Refusal::InvalidToken(TokenRefusal::UnknownPartner))?;
        telemetry::partner(&verified.partner_id);
        let connection = connection.filter(|connection| connection.partner == claims.partner_id);
        let connection = connection.ok_or(Refusal::InvalidToken(TokenRefusal::NotConnected))?;
        telemetry::organization(organization);
        if !connection.credentials.matches(&presented.secret) {
            return Err(Refusal::WrongSecret);
        }
        Ok(Caller { organization: organization.clone(), claims: verified, connection, user })
    }
}

impl Caller {
    /// Checks that the token has the scope, and that the organization still grants it.
    pub fn require_scope(&self, scope: Scope) -> Result<(), Refusal> {
        self.scopes().contains(scope).then_some(()).ok_or(Refusal::ScopeMissing)
    }

    /// Checks that the token is for this organization, is not from before its fence, and that its user
    /// may use it.
    pub fn require_access(&self) -> Result<(), Refusal> {
        if self.claims.organization_id != self.organization {
            return Err(Refusal::NoAccess);
        }
        let (user, issued_at) = (self.user.clone(), self.claims.issued_at());
        let admitted = admitted(user, self.connection.valid_after, issued_at);
        admitted.map(drop).map_err(|step| {
            telemetry::failed_step(step);
            Refusal::NoAccess
        })
    }

    /// The scopes of the token that the organization still grants.
    pub fn scopes(&self) -> Scopes {
        self.claims.scope.granted(&self.connection.scopes)
    }
}
