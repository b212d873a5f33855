//! The partner that organizations are connected to, and the key that its tokens are signed with.

use anyhow::{Result, ensure};
use domain::credential::{Credential, Credentials};
use domain::id::{OrganizationId, PartnerId};
use domain::partner::Partner;
use domain::scope::Scopes;
use domain::secret::Secret;
use platform::aws::Aws;
use platform::partner::Rotation;
use platform::store::{Change, Partners};

use super::clinics::{PARTNER, PARTNER_SECRET};

pub(super) struct DemoPartner {
    id: PartnerId,
    partners: Partners,
    rotation: Rotation,
}

impl DemoPartner {
    pub(super) fn new(aws: &Aws) -> Result<Self> {
        let (partners, rotation) = (aws.partners()?, Rotation::new(aws)?);
        Ok(Self { id: PartnerId::parse(PARTNER)?, partners, rotation })
    }

    /// Sees to it that there are the key and the partner.
    pub(super) async fn create(&self) -> Result<()> {
        self.rotation.begin().await?;
        if self.partners.find(&self.id).await?.is_some() {
            return Ok(());
        }
        let credential = Credential::of(&Secret::new(PARTNER_SECRET));
        let credentials = Credentials::single(credential);
        let partner = Partner { id: self.id.clone(), name: "Demo Partner".to_owned(), credentials };
        made(self.partners.create(&partner).await?)
    }

    /// Connects an organization that isn't connected.
    pub(super) async fn connect(
        &self,
        organization: &OrganizationId,
        secret: &Secret,
        scopes: &Scopes,
    ) -> Result<()> {
        if self.partners.connection(organization).await?.is_some() {
            return Ok(());
        }
        let credential = Credential::of(secret);
        made(self.partners.connect(organization, None, &self.id, &credential, scopes).await?)
    }
}

fn made(change: Change) -> Result<()> {
    ensure!(change == Change::Made, "somebody else was faster");
    Ok(())
}
