//! Changes of what operators keep: items that carry the nonce of their last change as `revision`.

use anyhow::anyhow;
use domain::id::Nonce;

use super::item::{Item, string};
use super::table::{Settled, Table};
use crate::aws::Unavailable;

/// How often a change is tried when other operators change the same item.
pub(super) const ATTEMPTS: usize = 10;

/// The nonce of an item's last change.
pub(super) fn revision(item: &Item) -> anyhow::Result<Nonce> {
    Ok(Nonce::stored(item.text("revision")?))
}

impl Table {
    /// Makes an item of this revision, which has the attributes of `before`, like `after`, and leaves
    /// alone what neither has. Whether it did; somebody else was faster otherwise.
    pub(super) async fn amend(
        &self,
        pk: &str,
        read: &Nonce,
        (before, after): (&Item, &Item),
        nonce: &Nonce,
    ) -> anyhow::Result<bool> {
        let is_as_read = "revision = :read";
        let mut set = vec!["revision = :nonce".to_owned()];
        let mut remove = Vec::new();
        let mut update = self.update(pk);
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
        let write = self.write_update(update).await?;
        match self.settle(pk, write).await? {
            Settled::Applied => Ok(true),
            Settled::Found(found) => {
                let found = found.as_ref().map(revision).transpose()?;
                // As it was read: nobody was faster, and a late copy of ours may still land.
                let is_open = found.as_ref().is_none_or(|found| found == read);
                let unresolved = || Err(anyhow!("change an item").context(Unavailable));
                if is_open { unresolved() } else { Ok(found.as_ref() == Some(nonce)) }
            }
        }
    }
}
