//! Access tokens of the identity provider: `SSO#<SHA3-512 of the token>` in the table `sessions`.

use std::time::Duration;

use anyhow::Context as _;
use domain::decide::{self, Grant, SignOut};
use domain::id::{Nonce, NumericId};
use domain::secret::Digest;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::resources::TableName;

use crate::item::{Item, count, fence, instant, string, ttl};
use crate::table::{Settled, Table, unresolved};

/// How long after its expiry a token's item may be deleted.
const RETENTION: Duration = Duration::from_hours(48);

/// The access tokens.
#[derive(Clone)]
pub struct SsoTokens {
    table: Table,
}

impl SsoTokens {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Sessions)? })
    }

    /// Puts a token. No client has it yet.
    pub async fn issue(
        &self,
        token: &Digest,
        user: NumericId,
        lifetime: Duration,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let pk = token_key(token);
        let expires_at = now.plus(lifetime);
        let item = Item::new(pk.clone())
            .with("userId", count(u64::from(user)))
            .with("issuedAt", instant(now))
            .with("expiresAt", instant(expires_at))
            .with("ttl", ttl(expires_at.plus(RETENTION)));
        self.table.put_fact(&pk, item).await.context("issue an access token").map(drop)
    }

    /// A token by its digest. Strongly consistent: sees every acknowledged sign-out.
    pub async fn find(&self, token: &Digest) -> anyhow::Result<Option<Grant>> {
        let item = self.table.get_strong(&token_key(token)).await?;
        item.as_ref().map(read).transpose()
    }

    /// Ends a user's live token. A tombstone replaces the item until the token would have expired. If
    /// the item were deleted, a late copy of the sign-in could put the token back, and a sign-out whose
    /// answer was lost could not recognise itself. `valid_after` is the realm's fence.
    pub async fn sign_out(
        &self,
        token: &Digest,
        user: NumericId,
        valid_after: Option<Timestamp>,
        now: Timestamp,
    ) -> anyhow::Result<SignOut> {
        let pk = token_key(token);
        let nonce = Nonce::random();
        let is_theirs = "userId = :user"; // false once the write was applied
        let is_live = "expiresAt > :now"; // TTL deletes late: never rely on it
        let is_not_fenced = "issuedAt > :validAfter";
        let update = self
            .table
            .update(&pk)
            .update_expression("SET signedOutBy = :nonce REMOVE userId, issuedAt, expiresAt")
            .condition_expression(format!("{is_theirs} AND {is_live} AND {is_not_fenced}"))
            .expression_attribute_values(":nonce", string(nonce.as_str()))
            .expression_attribute_values(":user", count(u64::from(user)))
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":validAfter", fence(valid_after));
        let write = self.table.write_update(update).await?;
        let Settled::Found(found) = self.table.settle(&pk, write).await? else {
            return Ok(SignOut::SignedOut);
        };
        let found = found.as_ref().map(read).transpose()?;
        let sign_out = decide::sign_out(found.as_ref(), &nonce, user, valid_after, now);
        sign_out.map_err(unresolved("sign a user out"))
    }
}

fn token_key(token: &Digest) -> String {
    format!("SSO#{}", token.as_str())
}

fn read(item: &Item) -> anyhow::Result<Grant> {
    if let Some(nonce) = item.some_text("signedOutBy")? {
        return Ok(Grant::SignedOut { by: Nonce::stored(nonce) });
    }
    let user = item.some_number("userId")?.context("the item has no userId")?;
    Ok(Grant::Issued {
        user: NumericId::try_from(u64::try_from(user)?)?,
        issued_at: item.instant("issuedAt")?,
        expires_at: item.instant("expiresAt")?,
    })
}
