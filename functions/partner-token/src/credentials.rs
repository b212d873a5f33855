//! The five headers.

use domain::credential;
use domain::id::{OrganizationId, PartnerId, UserId};
use domain::partner::Connection;
use domain::secret::Secret;
use domain::time::Timestamp;
use platform::http::{Request, header};
use platform::partner::{CredentialFault, PartnerError};
use platform::store::{Partners, Users};
use platform::telemetry;

/// Who asks, for which organization, in whose name, and two secrets that prove it.
pub(crate) struct Credentials {
    pub(crate) partner: PartnerId,
    pub(crate) organization: OrganizationId,
    pub(crate) user: UserId,
    partner_secret: Secret,
    organization_secret: Secret,
}

impl Credentials {
    /// An id that nobody can have is like one that nobody has.
    pub(crate) fn of(request: &Request) -> Result<Self, PartnerError> {
        use CredentialFault::{Missing, NotConnected, UnknownPartner, UnknownUser};
        let refused = PartnerError::InvalidCredentials;
        let present = |name| header(request, name).ok_or(refused(Missing));
        let partner = present("x-partner-id")?;
        let partner_secret = present("x-partner-secret")?;
        let organization = present("x-organization-id")?;
        let organization_secret = present("x-organization-secret")?;
        let user = present("x-user-id")?;
        Ok(Self {
            partner: PartnerId::parse(partner).map_err(|_| refused(UnknownPartner))?,
            organization: OrganizationId::parse(organization).map_err(|_| refused(NotConnected))?,
            user: UserId::parse(user).map_err(|_| refused(UnknownUser))?,
            partner_secret: Secret::new(partner_secret),
            organization_secret: Secret::new(organization_secret),
        })
    }

    /// What the organization shares with the partner. Everything is looked up and compared whatever is
    /// wrong, so that time doesn't tell what it was.
    pub(crate) async fn check(
        &self,
        partners: &Partners,
        users: &Users,
        now: Timestamp,
    ) -> Result<Connection, PartnerError> {
        let (partner, connection, user) = tokio::try_join!(
            partners.find(&self.partner),
            partners.connection(&self.organization),
            users.find(&self.organization, &self.user),
        )?;
        let connection = connection.filter(|connection| connection.partner == self.partner);
        let partners = partner.as_ref().map(|partner| &partner.credentials);
        let organizations = connection.as_ref().map(|connection| &connection.credentials);
        let is_partner = credential::check(partners, &self.partner_secret);
        let is_organization = credential::check(organizations, &self.organization_secret);
        // Judged as the token will be: by the second.
        let is_user = user.is_some_and(|user| user.admits(now.whole_second()));
        let fault = match connection {
            _ if partner.is_none() => CredentialFault::UnknownPartner,
            _ if !is_partner => CredentialFault::WrongPartnerSecret,
            None => CredentialFault::NotConnected,
            Some(_) if !is_organization => CredentialFault::WrongOrganizationSecret,
            Some(_) if !is_user => CredentialFault::UnknownUser,
            Some(connection) => {
                telemetry::organization(&self.organization);
                return Ok(connection);
            }
        };
        Err(PartnerError::InvalidCredentials(fault))
    }
}
