//! The two slots of a secret in an item, and how one follows the other.

use domain::credential::{Credential, Credentials};

use super::super::item::{Item, string};
use super::super::table::{Settled, Table, Write};
use super::Change;
use crate::aws::Unavailable;

/// Which item, and which attributes of it.
pub(in crate::store) struct Slots {
    pub(in crate::store) pk: String,
    pub(in crate::store) current: &'static str,
    pub(in crate::store) next: &'static str,
}

impl Slots {
    pub(in crate::store) fn read(&self, item: &Item) -> anyhow::Result<Credentials> {
        let next = item.some_text(self.next)?.map(Credential::parse).transpose()?;
        Ok(Credentials { current: Credential::parse(item.text(self.current)?)?, next })
    }

    pub(in crate::store) fn fill(&self, item: Item, credentials: &Credentials) -> Item {
        item.with(self.current, string(credentials.current.text()))
            .with_some(self.next, credentials.next.as_ref().map(|next| string(next.text())))
    }

    /// Fills the second slot, empty or not. No two credentials share a salt: what was replaced never
    /// comes back for a late copy.
    pub(in crate::store) async fn announce(
        &self,
        table: &Table,
        seen: &Credentials,
        new: &Credential,
    ) -> anyhow::Result<Change> {
        let update = table
            .update(&self.pk)
            .update_expression("SET #next = :new")
            .expression_attribute_names("#next", self.next)
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
                .expression_attribute_names("#current", self.current)
                .expression_attribute_values(":current", string(seen.current.text()))
        };
        let write = table.write_update(update).await?;
        let is_made = |held: &Credentials| held.next.as_ref() == Some(new) || held.current == *new;
        self.change(table, write, seen, is_made).await
    }

    /// Moves the second slot's secret to the first.
    pub(in crate::store) async fn promote(
        &self,
        table: &Table,
        seen: &Credentials,
    ) -> anyhow::Result<Change> {
        let Some(next) = &seen.next else { return Ok(Change::Overtaken) };
        let is_next = "#next = :next";
        let update = table
            .update(&self.pk)
            .update_expression("SET #current = :next REMOVE #next")
            .condition_expression(is_next)
            .expression_attribute_names("#current", self.current)
            .expression_attribute_names("#next", self.next)
            .expression_attribute_values(":next", string(next.text()));
        let write = table.write_update(update).await?;
        self.change(table, write, seen, |held| held.current == *next).await
    }

    async fn change(
        &self,
        table: &Table,
        write: Write,
        seen: &Credentials,
        is_made: impl Fn(&Credentials) -> bool,
    ) -> anyhow::Result<Change> {
        let Settled::Found(found) = table.settle(&self.pk, write).await? else {
            return Ok(Change::Made);
        };
        match found.map(|item| self.read(&item)).transpose()? {
            Some(held) if is_made(&held) => Ok(Change::Made),
            // The guard holds on what was read: the write may still land.
            Some(held) if held == *seen => {
                Err(anyhow::anyhow!("change a secret").context(Unavailable))
            }
            _ => Ok(Change::Overtaken),
        }
    }
}
