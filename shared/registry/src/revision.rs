//! Updates of items that operators change. Each item has the nonce of its last change as `revision`; an
//! update succeeds only if the revision is still the one that was read.

use anyhow::anyhow;
use domain::id::Nonce;
use runtime::outage::Unavailable;
use store::item::{Item, string};
use store::table::{Settled, Table};
use store::user_item::revision;

/// How often an update is tried while other operators change the same item.
pub(crate) const ATTEMPTS: usize = 10;

/// Updates an item from the attributes of `before` to those of `after`, if its revision is still
/// `read`; `false` if another operator was faster. Other attributes stay as they are.
pub(crate) async fn update_at_revision(
    table: &Table,
    pk: &str,
    read: &Nonce,
    (before, after): (&Item, &Item),
    nonce: &Nonce,
) -> anyhow::Result<bool> {
    let is_as_read = "revision = :read";
    let mut set = vec!["revision = :nonce".to_owned()];
    let mut remove = Vec::new();
    let mut update = table.update(pk);
    for (name, value) in before.changes_to(after) {
        update = update.expression_attribute_names(format!("#{name}"), &name);
        match value {
            Some(value) => {
                set.push(format!("#{name} = :{name}"));
                update = update.expression_attribute_values(format!(":{name}"), value);
            }
            None => remove.push(format!("#{name}")),
        }
    }
    let mut expression = format!("SET {}", set.join(", "));
    if !remove.is_empty() {
        expression = format!("{expression} REMOVE {}", remove.join(", "));
    }
    let update = update
        .update_expression(expression)
        .condition_expression(is_as_read)
        .expression_attribute_values(":read", string(read.as_str()))
        .expression_attribute_values(":nonce", string(nonce.as_str()));
    let write = table.write_update(update).await?;
    let Settled::Found(found) = table.settle(pk, write).await? else { return Ok(true) };
    let found = found.as_ref().map(revision).transpose()?;
    // No other change was faster, so a late copy of ours may still be applied.
    if found.as_ref().is_none_or(|found| found == read) {
        return Err(anyhow!("update an item").context(Unavailable));
    }
    Ok(found.as_ref() == Some(nonce))
}
