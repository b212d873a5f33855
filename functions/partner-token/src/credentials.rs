//! The five headers of a request for a token.

use domain::credential;
use domain::id::{OrganizationId, PartnerId, UserId};
use domain::partner::Connection;
use domain::secret::Secret;
use domain::time::Timestamp;
use runtime::http::{Request, header};
use runtime::telemetry;
use store::{Connections, Partners, Users};
use surfaces::partner::{CredentialRefusal, Refusal};

/// The partner, the organization and the user that it acts for, with the secrets of the first two.
pub(crate) struct Credentials {
    pub(crate) partner: PartnerId,
    pub(crate) organization: OrganizationId,
    pub(crate) user: UserId,
    partner_secret: Secret,
    organization_secret: Secret,
}

/// What right credentials lead to.
pub(crate) struct Checked {
    pub(crate) connection: Connection,
    /// The fence of the organization or of the user, the later of the two.
    pub(crate) valid_after: Option<Timestamp>,
}

impl Credentials {
    /// An invalid id is looked up like an unknown one, so that it takes the same steps.
    pub(crate) fn of(request: &Request) -> Result<Self, Refusal> {
        let missing = || Refusal::InvalidCredentials(CredentialRefusal::Missing);
        let present = |name| header(request, name).ok_or_else(missing);
        let partner = present("x-partner-id")?;
        let partner_secret = present("x-partner-secret")?;
        let organization = present("x-organization-id")?;
        let organization_secret = present("x-organization-secret")?;
        let user = present("x-user-id")?;
        Ok(Self {
            partner: PartnerId::for_lookup(partner),
            organization: OrganizationId::for_lookup(organization),
            user: UserId::for_lookup(user),
            partner_secret: Secret::new(partner_secret),
            organization_secret: Secret::new(organization_secret),
        })
    }

    /// The connection of the organization to the partner, and the latest fence. All reads and comparisons are made in every
    /// case, so that the duration doesn't reveal what is wrong.
    pub(crate) async fn check(
        &self,
        partners: &Partners,
        connections: &Connections,
        users: &Users,
        now: Timestamp,
    ) -> Result<Checked, Refusal> {
        let (partner, connection, user) = tokio::try_join!(
            partners.find(&self.partner),
            connections.find(&self.organization, now),
            users.find(&self.organization, &self.user),
        )?;
        let connection = connection.filter(|connection| connection.partner == self.partner);
        let partners = partner.as_ref().map(|partner| &partner.credentials);
        let organizations = connection.as_ref().map(|connection| &connection.credentials);
        let is_partner = credential::check(partners, &self.partner_secret);
        let is_organization = credential::check(organizations, &self.organization_secret);
        if partner.is_some() {
            telemetry::partner(&self.partner);
        }
        if connection.is_some() {
            telemetry::organization(&self.organization);
        }
        let user = user.filter(|user| !user.disabled);
        let refusal = match connection {
            _ if partner.is_none() => CredentialRefusal::UnknownPartner,
            _ if !is_partner => CredentialRefusal::WrongPartnerSecret,
            None => CredentialRefusal::NotConnected,
            Some(_) if !is_organization => CredentialRefusal::WrongOrganizationSecret,
            Some(connection) => match user {
                Some(user) => {
                    telemetry::user(&user.id);
                    let valid_after = connection.valid_after.max(user.sessions_valid_after);
                    return Ok(Checked { connection, valid_after });
                }
                None => CredentialRefusal::UnknownUser,
            },
        };
        Err(Refusal::InvalidCredentials(refusal))
    }
}
