//! The tables: each item is as its last line left it.

use std::time::Duration;

use domain::audit::verification::chains::Chains;
use domain::time::Timestamp;
use registry::{Audited, AuditedItem, AuditedTables};
use runtime::clock;
use runtime::log_group::LogLine;

use super::findings::Findings;
use crate::audit::trail::{END, Trail};
use crate::failure::Result;
use crate::operator::Operator;

/// How long a change may wait for its line before its item is a finding.
const LAG: u32 = 30;
const PAUSE: Duration = Duration::from_secs(1);

/// How far back lines are read again: CloudWatch finds a line some seconds after it was acknowledged.
const OVERLAP: Duration = Duration::from_mins(1);

/// The tables that the trail records.
pub(super) struct Tables(Vec<Audited>);

impl Tables {
    pub(super) async fn open(operator: &Operator) -> Result<Self> {
        Ok(Self(operator.open(AuditedTables::new)?.all().await?))
    }

    /// Reads the lines that aren't sealed yet, then all items. An item that isn't as the lines say may
    /// have changed meanwhile: it is read again until its line is there.
    pub(super) async fn verify(
        &self,
        trail: &Trail,
        chains: &mut Chains,
        from: Timestamp,
        findings: &mut Findings,
    ) -> Result<()> {
        let read_at = clock::now();
        lines(trail, chains, from).await?;
        chains.begin_tables();
        let mut strange = Vec::new();
        for table in &self.0 {
            let mut next = None;
            loop {
                let page = table.page(next).await?;
                let of_table = page.items.into_iter();
                let is_strange = |it: &AuditedItem| !chains.item(&it.item, &it.content);
                strange.extend(of_table.filter(is_strange).map(|it| (table, it.pk)));
                next = page.next;
                if next.is_none() {
                    break;
                }
            }
        }
        for _ in 0..LAG {
            if strange.is_empty() {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            let again = read_at.minus(OVERLAP).max(from);
            lines(trail, chains, again).await?;
            let mut left = Vec::new();
            for (table, pk) in strange {
                let item = table.find(&pk).await?;
                if item.is_some_and(|it| !chains.item(&it.item, &it.content)) {
                    left.push((table, pk));
                }
            }
            strange = left;
        }
        for (table, pk) in strange {
            if let Some(found) = table.find(&pk).await? {
                findings.of_item(table.name(), &found);
            }
        }
        Ok(())
    }
}

async fn lines(trail: &Trail, chains: &mut Chains, from: Timestamp) -> Result<()> {
    let each = |LogLine { text, .. }| {
        chains.line(&text);
        Ok(())
    };
    trail.read(from, END, "", each).await
}
