//! Changes of partners and clients. To functions, a disabled one doesn't exist.

use anyhow::anyhow;
use domain::id::Nonce;
use runtime::outage::Unavailable;
use store::item::{DISABLED, Item, flag, is_erased};
use store::table::Table;
use store::user_item::revision;

use crate::revision::{ATTEMPTS, update_at_revision};

/// Disables or enables the partner or client of an item: see [`change`].
pub(crate) async fn set_disabled(
    table: &Table,
    pk: &str,
    disabled: bool,
) -> anyhow::Result<Option<Item>> {
    let switch = |item: Item| {
        if disabled { item.with(DISABLED, flag(true)) } else { item.without(DISABLED) }
    };
    change(table, pk, switch).await
}

/// Changes the partner or client of an item, and returns the changed item; `None` if it was not found. One
/// that is as it should be already is not written. `change` may run more than once.
pub(crate) async fn change(
    table: &Table,
    pk: &str,
    change: impl Fn(Item) -> Item + Send,
) -> anyhow::Result<Option<Item>> {
    for _ in 0..ATTEMPTS {
        let found = match table.get_strong(pk).await? {
            Some(found) if !is_erased(&found)? => found,
            _ => return Ok(None),
        };
        let after = change(found.clone());
        if after == found {
            return Ok(Some(after));
        }
        let items = (&found, &after);
        if update_at_revision(table, pk, &revision(&found)?, items, &Nonce::random()).await? {
            return Ok(Some(after));
        }
    }
    Err(anyhow!("change a partner or client").context(Unavailable))
}
