//! One-time codes, as operators inspect and withdraw them.

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

/// The codes, and how often one was sent.
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

    /// The challenge of an identity as of now: it has no code, only what one is compared with.
    pub async fn find(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
    ) -> anyhow::Result<Option<Challenge>> {
        let item = self.table.get_strong(&code_key(organization, identity)).await?;
        item.as_ref().map(read).transpose()
    }

    /// How many codes were asked for in a window.
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

    /// Uses up a live code without a sign-in: whoever has it must not sign in as the identity's next
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
            // Lost to a sign-in: it was its owner's of that moment.
            Redemption::Redeemed | Redemption::LostRace => Ok(()),
        }
    }
}
