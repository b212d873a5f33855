//! The demo partner, its connections, and the key that signs its tokens.

use anyhow::{Result, ensure};
use domain::credential::{Credential, Credentials};
use domain::id::{OrganizationId, PartnerId};
use domain::partner::Partner;
use domain::scope::Scopes;
use domain::secret::Secret;
use registry::{Change, Connections, Partners, SigningRings};
use runtime::aws::Aws;

use super::clinics::{PARTNER, PARTNER_SECRET};
use crate::clock;

pub(super) struct DemoPartner {
    id: PartnerId,
    stored_connections: store::Connections,
    partners: Partners,
    connections: Connections,
    signing_rings: SigningRings,
}

impl DemoPartner {
    pub(super) fn new(aws: &Aws) -> Result<Self> {
        Ok(Self {
            id: PartnerId::parse(PARTNER)?,
            stored_connections: store::Connections::new(aws)?,
            partners: Partners::new(aws)?,
            connections: Connections::new(aws)?,
            signing_rings: SigningRings::new(aws)?,
        })
    }

    /// Creates the key and the partner, unless they exist.
    pub(super) async fn create(&self) -> Result<()> {
        self.signing_rings.begin(clock::now()).await?;
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
        if self.stored_connections.find(organization, clock::now()).await?.is_some() {
            return Ok(());
        }
        let credential = Credential::of(secret);
        made(self.connections.connect(organization, None, &self.id, &credential, scopes).await?)
    }
}

fn made(change: Change) -> Result<()> {
    ensure!(change == Change::Made, "another process made the same change at the same time");
    Ok(())
}
