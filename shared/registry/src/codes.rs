//! One-time codes: operators inspect and withdraw them.

use domain::decide::{Challenge, LiveCode, Redemption};
use domain::delivery::Delivery;
use domain::id::{OrganizationId, OtpId};
use domain::identifier::Identity;
use domain::limits::Window;
use domain::secret::Secret;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::resources::TableName;
use store::challenge_item::{CODES, code_key, code_names, read};
use store::counter::seen;
use store::delivery::delivery;
use store::table::Table;
use store::{Challenges, Counter};

use crate::scan::{Filter, scan};

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

    /// The challenge of an identity, and what became of its newest send, if that was noted. Strongly
    /// consistent.
    pub async fn inspect(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
    ) -> anyhow::Result<Option<(Challenge, Option<Delivery>)>> {
        let item = self.table.get_strong(&code_key(organization, identity)).await?;
        item.as_ref().map(|item| Ok((read(item)?, delivery(item)?))).transpose()
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
        match found.filter(|challenge| challenge.code.is_some()) {
            Some(live) => self.end(organization, identity, &live.otp_id).await,
            None => Ok(()),
        }
    }

    /// Makes every live code unusable that one of these OTP keys derived.
    pub async fn withdraw_under(&self, kids: &[String], now: Timestamp) -> anyhow::Result<()> {
        let mut from = None;
        loop {
            let page = scan(&self.table, CODES, Filter { from, ..Filter::default() }).await?;
            let page = page.try_map(|item| Ok((code_names(item.text("pk")?)?, read(item)?)))?;
            for (names, challenge) in page.items {
                let is_live = |code: LiveCode| code.expires_at > now && kids.contains(&code.key_id);
                if let (Some((organization, identity)), true) =
                    (names, challenge.code.is_some_and(is_live))
                {
                    self.end(&organization, &identity, &challenge.otp_id).await?;
                }
            }
            from = page.next;
            if from.is_none() {
                return Ok(());
            }
        }
    }

    async fn end(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
        otp_id: &OtpId,
    ) -> anyhow::Result<()> {
        let no_token = Secret::random().digest();
        match self.challenges.redeem(organization, identity, otp_id, &no_token).await? {
            // A sign-in used the code first; at that moment, its user owned the identity.
            Redemption::Redeemed | Redemption::LostRace => Ok(()),
        }
    }
}
