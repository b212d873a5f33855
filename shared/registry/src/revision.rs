//! Changes of the items that operators change: each carries the nonce of its last change as
//! `revision`, and a change replaces the one that was read.

use anyhow::anyhow;
use domain::id::Nonce;
use runtime::outage::Unavailable;
use store::item::{Item, string};
use store::table::{Settled, Table};
use store::user_item::revision;

/// How often a change is tried when other operators change the same item.
pub(crate) const ATTEMPTS: usize = 10;

/// Makes an item of this revision, which has the attributes of `before`, like `after`, and leaves
/// alone what neither has. Whether it did; another operator was faster otherwise.
pub(crate) async fn amend(
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
    // As it was read: no other change was faster, and a late copy of ours may still land.
    if found.as_ref().is_none_or(|found| found == read) {
        return Err(anyhow!("change an item").context(Unavailable));
    }
    Ok(found.as_ref() == Some(nonce))
}
