//! Updates of items that operators change. Each item has the nonce of its last change as `revision`; an
//! update succeeds only if the revision is still the one that was read. Users of the identity provider from
//! before that have none until their first change.

use anyhow::anyhow;
use domain::id::Nonce;
use runtime::outage::Unavailable;
use store::item::{Item, string};
use store::table::{Settled, Table, Write};

/// How often an update is tried while other operators change the same item.
pub(crate) const ATTEMPTS: usize = 10;

/// Updates an item from the attributes of `before` to those of `after`, if its revision is still
/// `read`; `false` if another operator was faster. Other attributes stay as they are.
pub(crate) async fn update_at_revision(
    table: &Table,
    pk: &str,
    read: impl Into<Option<&Nonce>> + Send,
    (before, after): (&Item, &Item),
    nonce: &Nonce,
) -> anyhow::Result<bool> {
    let read = read.into();
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
    let mut update = update
        .update_expression(expression)
        .condition_expression(is_as_read(read))
        .expression_attribute_values(":nonce", string(nonce.as_str()));
    if let Some(read) = read {
        update = update.expression_attribute_values(":read", string(read.as_str()));
    }
    let write = table.write_update(update).await?;
    settled(table, pk, write, (read, nonce)).await
}

/// Replaces an item by another with the revision `nonce`, if its revision is still `read`; `false` if another
/// operator was faster. Nothing of the item stays.
pub(crate) async fn replace_at_revision(
    table: &Table,
    read: impl Into<Option<&Nonce>> + Send,
    item: Item,
    nonce: &Nonce,
) -> anyhow::Result<bool> {
    let (read, pk) = (read.into(), item.text("pk")?.to_owned());
    let mut put = table
        .put(item.with("revision", string(nonce.as_str())))
        .condition_expression(is_as_read(read));
    if let Some(read) = read {
        put = put.expression_attribute_values(":read", string(read.as_str()));
    }
    let write = table.write_put(put).await?;
    settled(table, &pk, write, (read, nonce)).await
}

fn is_as_read(read: Option<&Nonce>) -> &'static str {
    if read.is_some() {
        "revision = :read"
    } else {
        "attribute_exists(pk) AND attribute_not_exists(revision)"
    }
}

async fn settled(
    table: &Table,
    pk: &str,
    write: Write,
    (read, nonce): (Option<&Nonce>, &Nonce),
) -> anyhow::Result<bool> {
    let Settled::Found(found) = table.settle(pk, write).await? else { return Ok(true) };
    let Some(found) = found else { return Err(anyhow!("update an item").context(Unavailable)) };
    let found = found.some_text("revision")?;
    // No other change was faster, so a late copy of ours may still be applied.
    if found == read.map(Nonce::as_str) {
        return Err(anyhow!("update an item").context(Unavailable));
    }
    Ok(found == Some(nonce.as_str()))
}
