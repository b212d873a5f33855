//! One-time codes.

use aws_sdk_dynamodb::types::ReturnValue;
use domain::decide::{self, Attempt, IDEMPOTENT_RETRY, Issue, NotLive, Redemption, Resend, Send};
use domain::id::{Nonce, OrganizationId, OtpId, SendId};
use domain::identifier::Identity;
use domain::otp;
use domain::secret::Digest;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::resources::TableName;

use crate::challenge_item::{NewCode, code_key, new_item, read};
use crate::item::{Item, count, fence, instant, set_of_one, string};
use crate::table::{Settled, Table, Write, in_doubt, unresolved};

/// Removes a code: nothing of it is left but its tombstone.
const USE: &str = "SET usedBy = :refresh REMOVE codeHash, attempts, expiresAt, channel, keyId";

/// The one-time codes, in the table `challenges`.
#[derive(Clone)]
pub struct Challenges {
    table: Table,
}

impl Challenges {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Challenges)? })
    }

    /// Puts a new code. If another code is live, sends that one again: the code that the user is
    /// typing stays right, and a resend never gives new attempts. A request that repeats the newest
    /// one with its idempotency key sends nothing. `valid_after` is the organization's fence.
    pub async fn issue(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
        code: &NewCode<'_>,
        valid_after: Option<Timestamp>,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let pk = code_key(organization, identity);
        let send_id = SendId::random();
        let is_absent = "attribute_not_exists(pk)";
        let is_older = "issuedAt < :now";
        let is_fenced = "issuedAt <= :validAfter";
        let is_dead = format!(
            "(attribute_not_exists(codeHash) OR expiresAt < :worthResending \
             OR size(attempts) >= :maxAttempts OR {is_fenced})"
        );
        let is_no_repetition = code.key.map_or_else(String::new, |_| {
            format!(
                " AND (attribute_not_exists(sentFor) OR sentFor <> :sentFor \
                 OR sentAt < :tenMinutesAgo OR (attribute_exists(codeHash) AND (expiresAt <= :now \
                 OR size(attempts) >= :maxAttempts OR {is_fenced})))"
            )
        });
        let mut put = self
            .table
            .put(new_item(&pk, code, &send_id, now))
            .condition_expression(format!(
                "{is_absent} OR ({is_older} AND {is_dead}{is_no_repetition})"
            ))
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":worthResending", instant(now.plus(otp::RESEND_FLOOR)))
            .expression_attribute_values(":maxAttempts", count(otp::MAX_ATTEMPTS))
            .expression_attribute_values(":validAfter", fence(valid_after));
        if let Some(key) = code.key {
            put = put
                .expression_attribute_values(":sentFor", string(key.as_str()))
                .expression_attribute_values(
                    ":tenMinutesAgo",
                    instant(now.minus(IDEMPOTENT_RETRY)),
                );
        }
        let write = self.table.write_put(put).await?;
        let Settled::Found(found) = self.table.settle(&pk, write).await? else {
            return Ok(());
        };
        let found = found.as_ref().map(read).transpose()?;
        let send = Send { otp_id: code.otp_id, key: code.key, valid_after, now };
        let issue = decide::issue(found.as_ref(), &send);
        match issue.map_err(unresolved("issue a code"))? {
            Issue::Live(seen) => self.resend(&pk, &seen, code, now).await,
            Issue::Issued | Issue::Repeated | Issue::Superseded => Ok(()),
        }
    }

    async fn resend(
        &self,
        pk: &str,
        seen: &SendId,
        code: &NewCode<'_>,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let send_id = SendId::random();
        let is_latest_send = "sendId = :seen";
        let has_code = "attribute_exists(codeHash)";
        // Without a key, the newest keyed send stays: its client may still repeat it.
        let keyed = code.key.map_or("", |_| ", sentFor = :sentFor, sentAt = :now");
        let mut update = self
            .table
            .update(pk)
            .update_expression(format!("SET sendId = :sendId, channel = :channel{keyed}"))
            .condition_expression(format!("{is_latest_send} AND {has_code}"))
            .expression_attribute_values(":seen", string(seen.as_str()))
            .expression_attribute_values(":sendId", string(send_id.as_str()))
            .expression_attribute_values(":channel", string(code.channel.as_str()));
        if let Some(key) = code.key {
            update = update
                .expression_attribute_values(":sentFor", string(key.as_str()))
                .expression_attribute_values(":now", instant(now));
        }
        let write = self.table.write_update(update).await?;
        let Settled::Found(found) = self.table.settle(pk, write).await? else {
            return Ok(());
        };
        let found = found.as_ref().map(read).transpose()?;
        let resend = decide::resend(found.as_ref(), &send_id, seen);
        match resend.map_err(unresolved("send a code again"))? {
            Resend::Resent | Resend::Superseded => Ok(()),
        }
    }

    /// Counts one of the three attempts. It is counted before the code is compared, so that parallel
    /// attempts can't exceed the limit. Only a counted attempt gets the digest; one that is refused, the
    /// reason. `valid_after` is the organization's fence.
    pub async fn attempt(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
        nonce: &Nonce,
        valid_after: Option<Timestamp>,
        now: Timestamp,
    ) -> anyhow::Result<Attempt> {
        let pk = code_key(organization, identity);
        let has_code = "attribute_exists(codeHash)";
        let is_live = "expiresAt > :now"; // TTL deletes late: never rely on it
        let is_of_its_time = "issuedAt <= :reach"; // a late copy must not count on a newer code
        let has_attempt = "(attribute_not_exists(attempts) OR size(attempts) < :maxAttempts OR contains(attempts, :nonce))";
        let is_not_fenced = "issuedAt > :validAfter";
        let update = self
            .table
            .update(&pk)
            .update_expression("ADD attempts :nonces")
            .condition_expression(format!(
                "{has_code} AND {is_live} AND {is_of_its_time} AND {is_not_fenced} AND {has_attempt}"
            ))
            .expression_attribute_values(":nonces", set_of_one(nonce.as_str()))
            .expression_attribute_values(":nonce", string(nonce.as_str()))
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":reach", instant(now.plus(otp::ATTEMPT_REACH)))
            .expression_attribute_values(":maxAttempts", count(otp::MAX_ATTEMPTS))
            .return_values(ReturnValue::AllNew)
            .expression_attribute_values(":validAfter", fence(valid_after));
        // The nonce names the call: the author would be that of a late copy, which changes nothing else.
        let found = match self.table.write_unsigned_update(update).await? {
            Write::Applied(item) => Some(item),
            Write::Lost(item) => return refused(item.as_ref(), valid_after, now),
            Write::InDoubt(error) => {
                in_doubt(&error);
                self.table.get_strong(&pk).await?
            }
        };
        let found = found.as_ref().map(read).transpose()?;
        decide::attempt(found, nonce, valid_after, now)
            .map_err(unresolved("count an attempt at a code"))
    }

    /// Gives an attempt back that had the right code, for which it was too early: a sign-out everywhere
    /// of the user is not over.
    pub async fn give_back(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
        nonce: &Nonce,
    ) -> anyhow::Result<()> {
        let is_counted = "contains(attempts, :nonce)"; // false once the write was applied
        let update = self
            .table
            .update(&code_key(organization, identity))
            .update_expression("DELETE attempts :nonces")
            .condition_expression(is_counted)
            .expression_attribute_values(":nonces", set_of_one(nonce.as_str()))
            .expression_attribute_values(":nonce", string(nonce.as_str()))
            .set_return_values_on_condition_check_failure(None);
        match self.table.write_unsigned_update(update).await? {
            Write::Applied(_) | Write::Lost(_) => Ok(()),
            Write::InDoubt(error) => Err(error.context("give an attempt back")),
        }
    }

    /// Commits a sign-in: exchanges the compared code for the family of the token `refresh`. All
    /// attributes of the code are removed. Because of the tombstone, a retry recognises its own commit,
    /// and a late copy of an earlier write can't put the code back.
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
            .update_expression(USE)
            .condition_expression(format!("{is_compared} AND {has_code}"))
            .expression_attribute_values(":compared", string(compared.as_str()))
            .expression_attribute_values(":refresh", string(refresh.as_str()));
        let write = self.table.write_update(update).await?;
        let Settled::Found(found) = self.table.settle(&pk, write).await? else {
            return Ok(Redemption::Redeemed);
        };
        let found = found.as_ref().map(read).transpose()?;
        let redemption = decide::redemption(found.as_ref(), compared, refresh);
        redemption.map_err(unresolved("redeem a code"))
    }

    /// Withdraws the code of another identity of a user who signed in with the token `refresh`. Codes
    /// that are issued later stay, also under a late copy of this write.
    pub async fn withdraw(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
        refresh: &Digest,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let has_code = "attribute_exists(codeHash)";
        let is_older = "issuedAt <= :now";
        let update = self
            .table
            .update(&code_key(organization, identity))
            .update_expression(USE)
            .condition_expression(format!("{has_code} AND {is_older}"))
            .expression_attribute_values(":refresh", string(refresh.as_str()))
            .expression_attribute_values(":now", instant(now));
        match self.table.write_update(update).await? {
            // Lost: there is no code, or it was issued later.
            Write::Applied(_) | Write::Lost(_) => Ok(()),
            Write::InDoubt(error) => Err(error.context("withdraw a code")),
        }
    }
}

/// Why an attempt was not counted. A guard that failed although it would pass now failed for the first
/// try of a call that was retried: the item changed in between.
fn refused(
    item: Option<&Item>,
    valid_after: Option<Timestamp>,
    now: Timestamp,
) -> anyhow::Result<Attempt> {
    let found = item.map(read).transpose()?;
    let reason = decide::not_live(found.as_ref(), valid_after, now);
    Ok(Attempt::Refused(reason.unwrap_or(NotLive::Used)))
}
