//! Tombstones: what stays of an item that an operator deleted, so that a late copy of a write can't bring it
//! back. A tombstone holds nothing but when that was, and what keeps the item from being used.

use std::time::Duration;

use anyhow::anyhow;
use domain::id::Nonce;
use domain::time::Timestamp;
use runtime::outage::Unavailable;
use store::item::{DISABLED, ERASED_AT, Item, flag, instant, is_erased, ttl};
use store::table::Table;
use store::user_item::revision;

use crate::revision::{ATTEMPTS, replace_at_revision};

/// How long the tombstone of a partner or client stays: longer than any token that names it.
const STAYS: Duration = Duration::from_hours(24);

/// Something that was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deleted {
    pub at: Timestamp,
    /// When DynamoDB may delete the tombstone; `None` if it stays for ever.
    pub until: Option<Timestamp>,
}

impl Deleted {
    /// What an item says of its deletion; `None` if it is no tombstone.
    pub(crate) fn of(item: &Item) -> anyhow::Result<Option<Self>> {
        let until = item.some_number("ttl")?.map(Timestamp::from_seconds);
        Ok(item.some_instant(ERASED_AT)?.map(|at| Self { at, until }))
    }
}

pub(crate) fn tombstone(pk: &str, now: Timestamp, until: Option<Timestamp>) -> Item {
    Item::new(pk.to_owned()).with(ERASED_AT, instant(now)).with_some("ttl", until.map(ttl))
}

/// Deletes a partner or client; `None` if it was not found. To functions, it is disabled.
///
/// # Errors
/// It may or may not have been deleted. Repeating it is safe.
pub(crate) async fn delete(
    table: &Table,
    pk: &str,
    now: Timestamp,
) -> anyhow::Result<Option<Deleted>> {
    for _ in 0..ATTEMPTS {
        let Some(found) = table.get_strong(pk).await? else { return Ok(None) };
        if is_erased(&found)? {
            return Deleted::of(&found);
        }
        let tombstone = tombstone(pk, now, Some(now.plus(STAYS))).with(DISABLED, flag(true));
        replace_at_revision(table, &revision(&found)?, tombstone, &Nonce::random()).await?;
    }
    Err(anyhow!("delete").context(Unavailable))
}
