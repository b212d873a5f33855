//! Disabling and enabling partners and clients. To functions, a disabled one doesn't exist.

use anyhow::anyhow;
use domain::id::Nonce;
use runtime::outage::Unavailable;
use store::item::{DISABLED, Item, flag, is_disabled};
use store::table::Table;
use store::user_item::revision;

use crate::revision::{ATTEMPTS, update_at_revision};

/// Disables or enables the partner or client of an item, and returns the item as it was before; `None`
/// if it was not found. One that is in that state already is not written.
pub(crate) async fn set_disabled(
    table: &Table,
    pk: &str,
    disabled: bool,
) -> anyhow::Result<Option<Item>> {
    let switch = |on: bool| Item::default().with_some(DISABLED, on.then_some(flag(true)));
    for _ in 0..ATTEMPTS {
        let Some(found) = table.get_strong(pk).await? else { return Ok(None) };
        let before = is_disabled(&found)?;
        if before == disabled {
            return Ok(Some(found));
        }
        let (change, nonce) = ((&switch(before), &switch(disabled)), Nonce::random());
        if update_at_revision(table, pk, &revision(&found)?, change, &nonce).await? {
            return Ok(Some(found));
        }
    }
    Err(anyhow!("disable or enable").context(Unavailable))
}
