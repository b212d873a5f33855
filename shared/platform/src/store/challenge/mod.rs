//! One-time codes.

mod item;

use anyhow::{Context as _, anyhow};
use aws_sdk_dynamodb::types::ReturnValue;
use domain::decide::{self, Challenge, Claim, Issue, LiveCode, Redemption};
use domain::id::{Nonce, OrganizationId, OtpId, SendId};
use domain::identifier::Identity;
use domain::otp::{self, Channel};
use domain::secret::{Digest, Secret};
use domain::time::Timestamp;

pub use self::item::Due;
pub(super) use self::item::nonces;
use self::item::{code_key, new_item, read};
use super::item::{count, instant, set_of_one, string};
use super::table::{Settled, Table, Write};
use crate::aws::Unavailable;

/// The table `challenges`: its codes here, its counters in `counter.rs`.
#[derive(Clone)]
pub struct Challenges {
    pub(super) table: Table,
}

/// What became of asking for a code.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issued {
    /// A new code is on its way.
    New,
    /// The code that is live is on its way again.
    Again,
    /// Another request of the same moment already sent one.
    Elsewhere,
}

/// What became of claiming an attempt.
#[must_use]
#[derive(Debug)]
pub enum Claimed {
    /// Counted: this code may be compared once.
    Granted {
        /// The challenge it belongs to.
        otp_id: OtpId,
        /// What to compare with, and the key it was made under.
        code: LiveCode,
    },
    /// No code, an expired or used one, or no attempts left.
    Refused,
}

/// A new code, before it is stored.
#[derive(Clone, Debug)]
pub struct NewCode<'a> {
    /// Names the code.
    pub otp_id: &'a OtpId,
    /// What guesses will be compared with.
    pub digest: &'a Digest,
    /// The OTP key that it was derived under.
    pub key_id: &'a str,
    /// Where it goes.
    pub channel: Channel,
}

impl Challenges {
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// Puts a new code, unless one is live: then that one is sent again, so that the code which the
    /// patient is typing stays right, and resending never buys new attempts.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
    pub async fn issue(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
        code: &NewCode<'_>,
        now: Timestamp,
    ) -> anyhow::Result<Issued> {
        let pk = code_key(organization, identity);
        let send_id = SendId::random();
        let is_absent = "attribute_not_exists(pk)";
        let is_older = "issuedAt < :now";
        let is_dead = "(attribute_not_exists(codeHash) OR expiresAt < :worthResending \
                       OR size(claims) >= :maxAttempts)";
        let put = self
            .table
            .put(new_item(&pk, code, &send_id, now))
            .condition_expression(format!("{is_absent} OR ({is_older} AND {is_dead})"))
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":worthResending", instant(now.plus(otp::RESEND_FLOOR)))
            .expression_attribute_values(":maxAttempts", count(otp::MAX_ATTEMPTS));
        let write = self.table.write_put(put).await?;
        let Settled::Found(found) = self.table.settle(&pk, write).await? else {
            return Ok(Issued::New);
        };
        let found = found.as_ref().map(read).transpose()?;
        match decide::issue(found.as_ref(), code.otp_id, now) {
            Issue::Issued => Ok(Issued::New),
            Issue::Live(seen) => self.resend(&pk, &seen, code.channel).await,
            Issue::Superseded => Ok(Issued::Elsewhere),
            Issue::Unresolved => Err(anyhow!("issue a code").context(Unavailable)),
        }
    }

    async fn resend(&self, pk: &str, seen: &SendId, channel: Channel) -> anyhow::Result<Issued> {
        let send_id = SendId::random();
        let is_latest_send = "sendId = :seen";
        let has_code = "attribute_exists(codeHash)";
        let update = self
            .table
            .update(pk)
            .update_expression("SET sendId = :sendId, channel = :channel")
            .condition_expression(format!("{is_latest_send} AND {has_code}"))
            .expression_attribute_values(":seen", string(seen.as_str()))
            .expression_attribute_values(":sendId", string(send_id.as_str()))
            .expression_attribute_values(":channel", string(channel.as_str()));
        let write = self.table.write_update(update).await?;
        let Settled::Found(found) = self.table.settle(pk, write).await? else {
            return Ok(Issued::Again);
        };
        let found = found.as_ref().map(read).transpose()?;
        match found {
            Some(found) if found.send_id == send_id => Ok(Issued::Again),
            Some(found) if found.send_id == *seen && found.code.is_some() => {
                Err(anyhow!("send a code again").context(Unavailable))
            }
            _ => Ok(Issued::Elsewhere),
        }
    }

    /// The challenge of an identity as of now, for operators: it holds no code, only what one is
    /// compared with.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the item is not a challenge.
    pub async fn find(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
    ) -> anyhow::Result<Option<Challenge>> {
        let item = self.table.get_strong(&code_key(organization, identity)).await?;
        item.as_ref().map(read).transpose()
    }

    /// Claims one of the three attempts, before anything is compared: N parallel guesses must not be
    /// compared before the first of them is counted. A refused claim never sees the digest.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
    pub async fn claim(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
        now: Timestamp,
    ) -> anyhow::Result<Claimed> {
        let nonce = Nonce::random();
        let pk = code_key(organization, identity);
        let has_code = "attribute_exists(codeHash)";
        let is_live = "expiresAt > :now"; // TTL deletes late: never rely on it
        let is_of_its_time = "issuedAt <= :reach"; // a late copy spares the code that came since
        let has_attempt = "(attribute_not_exists(claims) OR size(claims) < :maxAttempts OR contains(claims, :nonce))";
        let update = self
            .table
            .update(&pk)
            .update_expression("ADD claims :nonces")
            .condition_expression(format!(
                "{has_code} AND {is_live} AND {is_of_its_time} AND {has_attempt}"
            ))
            .expression_attribute_values(":nonces", set_of_one(nonce.as_str()))
            .expression_attribute_values(":nonce", string(nonce.as_str()))
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":reach", instant(now.plus(otp::CLAIM_REACH)))
            .expression_attribute_values(":maxAttempts", count(otp::MAX_ATTEMPTS))
            .return_values(ReturnValue::AllNew)
            .set_return_values_on_condition_check_failure(None);
        match self.table.write_update(update).await? {
            Write::Applied(item) => granted(read(&item)?),
            Write::Lost(_) => Ok(Claimed::Refused),
            Write::InDoubt(error) => {
                let found = self.table.get_strong(&pk).await?;
                let found = found.as_ref().map(read).transpose()?;
                match (decide::claim(found.as_ref(), &nonce, now), found) {
                    (Claim::Granted, Some(challenge)) => granted(challenge),
                    (Claim::Refused, _) => Ok(Claimed::Refused),
                    _ => Err(error.context("claim an attempt")),
                }
            }
        }
    }

    /// Commits a sign-in: exchanges the compared code for the family that `refresh` belongs to. No
    /// attribute of the code is left; the tombstone lets a retry recognise itself, and keeps a late
    /// copy of an earlier write from bringing the code back.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
    pub async fn redeem(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
        compared: &OtpId,
        refresh: &Digest,
    ) -> anyhow::Result<Redemption> {
        let pk = code_key(organization, identity);
        let is_compared = "otpId = :compared";
        let has_code = "attribute_exists(codeHash)";
        let update = self
            .table
            .update(&pk)
            .update_expression(
                "SET usedBy = :refresh REMOVE codeHash, claims, expiresAt, channel, keyId",
            )
            .condition_expression(format!("{is_compared} AND {has_code}"))
            .expression_attribute_values(":compared", string(compared.as_str()))
            .expression_attribute_values(":refresh", string(refresh.as_str()));
        let write = self.table.write_update(update).await?;
        let Settled::Found(found) = self.table.settle(&pk, write).await? else {
            return Ok(Redemption::Redeemed);
        };
        let found = found.as_ref().map(read).transpose()?;
        resolved(decide::redemption(found.as_ref(), compared, refresh), &Redemption::Unresolved)
            .context("redeem a code")
    }
}

impl Challenges {
    /// Uses up the code that is live, if there is one, for nobody: whoever has it must not sign in as
    /// the identity's next owner.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
    pub async fn withdraw(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
    ) -> anyhow::Result<()> {
        let found = self.find(organization, identity).await?;
        let Some(live) = found.filter(|challenge| challenge.code.is_some()) else { return Ok(()) };
        let nobodys = Secret::random().digest();
        // Lost to a sign-in or to a newer code: either is its owner's of that moment.
        let _redemption = self.redeem(organization, identity, &live.otp_id, &nobodys).await?;
        Ok(())
    }
}

pub(super) fn resolved<T: PartialEq>(outcome: T, unresolved: &T) -> anyhow::Result<T> {
    if outcome == *unresolved { Err(Unavailable.into()) } else { Ok(outcome) }
}

fn granted(challenge: Challenge) -> anyhow::Result<Claimed> {
    let code = challenge.code.context("a claimed challenge has no code")?;
    Ok(Claimed::Granted { otp_id: challenge.otp_id, code })
}
