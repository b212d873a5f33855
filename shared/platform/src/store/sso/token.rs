//! `SSO#<SHA3-512 of the token>` in `sessions`.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use domain::decide::{self, Grant, SignOut};
use domain::id::{Nonce, NumericId};
use domain::secret::Digest;
use domain::time::Timestamp;

use crate::aws::Unavailable;
use crate::store::item::{Item, count, instant, string, ttl};
use crate::store::table::{Settled, Table};

/// How long after its expiry a token's item may be deleted.
const KEPT: Duration = Duration::from_hours(48);

/// The access tokens, by their digests.
#[derive(Clone)]
pub struct SsoTokens {
    table: Table,
}

/// What became of a sign-out.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedOut {
    /// The token works nowhere any more.
    Durably,
    /// There is no such token, or none that is live, or it is another user's.
    NotTheirs,
}

impl SsoTokens {
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// Puts a token that nobody holds yet.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
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
            .with("ttl", ttl(expires_at.plus(KEPT)));
        self.table.put_fact(&pk, item).await.context("issue an access token")
    }

    /// A token as of now: sees a sign-out that was acknowledged before.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the item is not a token's.
    pub async fn find(&self, token: &Digest) -> anyhow::Result<Option<Grant>> {
        let item = self.table.get_strong(&token_key(token)).await?;
        item.as_ref().map(read).transpose()
    }

    /// Ends a user's live token, for good. A tombstone stays until the token would have expired
    /// anyway: in place of a deleted item, a late copy of the sign-in would put the token back, and a
    /// sign-out whose answer was lost could not be told from another one.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
    pub async fn sign_out(
        &self,
        token: &Digest,
        user: NumericId,
        now: Timestamp,
    ) -> anyhow::Result<SignedOut> {
        let pk = token_key(token);
        let nonce = Nonce::random();
        let is_theirs = "userId = :user"; // never again, once the write was applied
        let is_live = "expiresAt > :now"; // TTL deletes late: never rely on it
        let update = self
            .table
            .update(&pk)
            .update_expression("SET signedOutBy = :nonce REMOVE userId, issuedAt, expiresAt")
            .condition_expression(format!("{is_theirs} AND {is_live}"))
            .expression_attribute_values(":nonce", string(nonce.as_str()))
            .expression_attribute_values(":user", count(u64::from(user)))
            .expression_attribute_values(":now", instant(now));
        let write = self.table.write_update(update).await?;
        let Settled::Found(found) = self.table.settle(&pk, write).await? else {
            return Ok(SignedOut::Durably);
        };
        let found = found.as_ref().map(read).transpose()?;
        match decide::sign_out(found.as_ref(), &nonce, user, now) {
            SignOut::SignedOut => Ok(SignedOut::Durably),
            SignOut::NotTheirs => Ok(SignedOut::NotTheirs),
            SignOut::Unresolved => Err(anyhow!("sign a user out").context(Unavailable)),
        }
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
