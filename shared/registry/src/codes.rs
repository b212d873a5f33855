//! One-time codes: operators inspect and withdraw them.

use domain::decide::{Challenge, Redemption};
use domain::id::OrganizationId;
use domain::identifier::Identity;
use domain::limits::Window;
use domain::secret::Secret;
use runtime::aws::Aws;
use runtime::resources::TableName;
use store::challenge_item::{code_key, read};
use store::counter::seen;
use store::table::Table;
use store::{Challenges, Counter};

/// The codes, and the counts of their sends.
#[derive(Clone)]
pub struct Codes {
    table: Table,
    challenges: Challenges,
}

impl Codes {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        let table = Table::new(aws, TableName::Challenges)?;
        Ok(Self { table, challenges: Challenges::new(aws)? })
    }

    /// The challenge of an identity: it has the digest of the code, not the code. Strongly consistent.
    pub async fn find(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
    ) -> anyhow::Result<Option<Challenge>> {
        let item = self.table.get_strong(&code_key(organization, identity)).await?;
        item.as_ref().map(read).transpose()
    }

    /// How many sends were counted in a window.
    pub async fn sends(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
        window: Window,
    ) -> anyhow::Result<usize> {
        let counter = Counter::sends(organization, identity, window);
        let item = self.table.get_strong(&counter.pk).await?;
        Ok(item.as_ref().map(seen).transpose()?.unwrap_or_default().len())
    }

    /// Makes a live code unusable: a person who received it must not sign in as the identity's next
    /// owner.
    pub async fn withdraw(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
    ) -> anyhow::Result<()> {
        let found = self.find(organization, identity).await?;
        let Some(live) = found.filter(|challenge| challenge.code.is_some()) else { return Ok(()) };
        let no_token = Secret::random().digest();
        match self.challenges.redeem(organization, identity, &live.otp_id, &no_token).await? {
            // A sign-in used the code first; at that moment, its user owned the identity.
            Redemption::Redeemed | Redemption::LostRace => Ok(()),
        }
    }
}
