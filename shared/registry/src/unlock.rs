//! Unlocks: an operator gives an identity back what others used up, its sends of the day and its
//! passwords of the quarter of an hour.

use anyhow::anyhow;
use domain::decide::{self, Clearing};
use domain::id::{Nonce, OrganizationId};
use domain::identifier::Identity;
use domain::limits::Window;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::outage::Unavailable;
use runtime::resources::TableName;
use store::Counter;
use store::counter::seen;
use store::item::text_set;
use store::table::{Settled, Table};

use crate::codes::Codes;
use crate::revision::ATTEMPTS;

/// Clears counters, and withdraws codes.
#[derive(Clone)]
pub struct Unlocks {
    table: Table,
    codes: Codes,
}

/// How many attempts were cleared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unlocked {
    pub sends: usize,
    pub passwords: usize,
}

impl Unlocks {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Challenges)?, codes: Codes::new(aws)? })
    }

    /// Clears the counters of an identity in the current windows, and withdraws its live code, whose
    /// attempts others may have used up.
    ///
    /// The code's item is never deleted: a late copy of its put would find no item, and bring the code
    /// back with three fresh attempts. Withdrawn, the code leaves its tombstone.
    ///
    /// # Errors
    /// Some of it may have been done. Repeating it is safe.
    pub async fn unlock(
        &self,
        realm: &OrganizationId,
        identity: &Identity,
        now: Timestamp,
    ) -> anyhow::Result<Unlocked> {
        let passwords = Counter::passwords(realm, identity, Window::quarter_hour(now));
        let sends = Counter::sends(realm, identity, Window::day(now));
        self.codes.withdraw(realm, identity).await?;
        let (sends, passwords) = tokio::try_join!(self.clear(&sends), self.clear(&passwords))?;
        Ok(Unlocked { sends, passwords })
    }

    /// Removes exactly the attempts that were read, and returns how many they were. Nonces never come
    /// again, so a late copy finds another set, and clears nothing that was counted since.
    async fn clear(&self, counter: &Counter) -> anyhow::Result<usize> {
        let mut found = self.table.get_strong(&counter.pk).await?;
        for _ in 0..ATTEMPTS {
            let nonces = found.as_ref().map(seen).transpose()?.unwrap_or_default();
            let Some(read) = text_set(nonces.iter().map(Nonce::as_str)) else {
                return Ok(0);
            };
            let is_as_read = "seen = :read";
            let update = self
                .table
                .update(&counter.pk)
                .update_expression("REMOVE seen")
                .condition_expression(is_as_read)
                .expression_attribute_values(":read", read);
            let write = self.table.write_unsigned_update(update).await?;
            match self.table.settle(&counter.pk, write).await? {
                Settled::Applied => return Ok(nonces.len()),
                Settled::Found(item) => {
                    let left = item.as_ref().map(seen).transpose()?.unwrap_or_default();
                    match decide::clearing(&left, &nonces) {
                        Clearing::Cleared => return Ok(nonces.len()),
                        Clearing::Changed => found = item,
                    }
                }
            }
        }
        Err(anyhow!("clear a counter").context(Unavailable))
    }
}
