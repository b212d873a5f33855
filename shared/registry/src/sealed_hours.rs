//! Which hours of the audit trail have seals.

use domain::audit::hour::Hour;
use domain::audit::seal::Seal;
use runtime::aws::Aws;
use runtime::resources::TableName;
use store::table::Table;

use crate::scan::{Filter, scan};

/// The seals in the table `audit`.
pub struct SealedHours {
    table: Table,
}

impl SealedHours {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Audit)? })
    }

    /// The first and the last hour with a seal that can be read. Reads the whole table.
    pub async fn span(&self) -> anyhow::Result<Option<(Hour, Hour)>> {
        let (mut span, mut from) = (None, None);
        loop {
            let page = scan(&self.table, "SEAL#", Filter { from, ..Filter::default() }).await?;
            for item in page.items {
                let seal = item.some_text("line").ok().flatten();
                let statement = seal.and_then(|line| Seal::parse(line).ok()?.statement().ok());
                let Some(hour) = statement.and_then(|it| it.hour()) else { continue };
                let (first, last) = span.unwrap_or((hour, hour));
                span = Some((hour.min(first), hour.max(last)));
            }
            from = page.next;
            if from.is_none() {
                return Ok(span);
            }
        }
    }
}
