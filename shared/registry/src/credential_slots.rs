//! Rotation of a secret in an item's two slots.

use domain::credential::{Credential, Credentials};
use runtime::outage::Unavailable;
use store::credential_slots::Slots;
use store::item::string;
use store::table::{Settled, Table, Write};

/// The outcome of an operator's change.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// This call made the change, perhaps with an earlier try.
    Made,
    /// Another change was faster: read the item again first.
    Conflict,
}

/// Puts a secret into the second slot, and replaces the one there. No two credentials share a salt: a
/// replaced one is never stored again, so a late copy fails.
pub(crate) async fn announce(
    slots: &Slots,
    table: &Table,
    seen: &Credentials,
    new: &Credential,
) -> anyhow::Result<Change> {
    let update = table
        .update(&slots.pk)
        .update_expression("SET #next = :new")
        .expression_attribute_names("#next", slots.next)
        .expression_attribute_values(":new", string(new.text()));
    let update = if let Some(next) = &seen.next {
        let next_is_as_seen = "#next = :seen";
        update
            .condition_expression(next_is_as_seen)
            .expression_attribute_values(":seen", string(next.text()))
    } else {
        let current_is_as_seen = "#current = :current";
        let next_is_empty = "attribute_not_exists(#next)";
        update
            .condition_expression(format!("{current_is_as_seen} AND {next_is_empty}"))
            .expression_attribute_names("#current", slots.current)
            .expression_attribute_values(":current", string(seen.current.text()))
    };
    let write = table.write_update(update).await?;
    let is_made = |found: &Credentials| found.next.as_ref() == Some(new) || found.current == *new;
    change(slots, table, write, seen, is_made).await
}

/// Moves the second slot's secret to the first.
pub(crate) async fn promote(
    slots: &Slots,
    table: &Table,
    seen: &Credentials,
) -> anyhow::Result<Change> {
    let Some(next) = &seen.next else { return Ok(Change::Conflict) };
    let is_next = "#next = :next";
    let update = table
        .update(&slots.pk)
        .update_expression("SET #current = :next REMOVE #next")
        .condition_expression(is_next)
        .expression_attribute_names("#current", slots.current)
        .expression_attribute_names("#next", slots.next)
        .expression_attribute_values(":next", string(next.text()));
    let write = table.write_update(update).await?;
    change(slots, table, write, seen, |found| found.current == *next).await
}

async fn change(
    slots: &Slots,
    table: &Table,
    write: Write,
    seen: &Credentials,
    is_made: impl Fn(&Credentials) -> bool,
) -> anyhow::Result<Change> {
    let Settled::Found(found) = table.settle(&slots.pk, write).await? else {
        return Ok(Change::Made);
    };
    match found.map(|item| slots.read(&item)).transpose()? {
        Some(found) if is_made(&found) => Ok(Change::Made),
        // The guard would pass on this item: a late copy of our write may still be applied.
        Some(found) if found == *seen => {
            Err(anyhow::anyhow!("change a secret").context(Unavailable))
        }
        Some(_) | None => Ok(Change::Conflict),
    }
}
