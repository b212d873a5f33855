//! What is wrong with a trail, in words.

use domain::audit::hour::Hour;
use domain::audit::line::Line;
use domain::audit::table::AuditedTable;
use domain::audit::verification::chains::{Broken, Chains};
use domain::audit::verification::seals::Wrong;
use domain::time::Timestamp;
use registry::AuditedItem;
use runtime::log_group::LogLine;
use serde::Serialize;

use crate::audit::trail::{END, Trail};
use crate::failure::Result;

/// How many findings are named; of a trail with more, each would say the same.
const MAX: usize = 100;

/// One finding.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Finding {
    /// A word for programs.
    what: &'static str,
    /// The hour, the line or the item.
    subject: String,
    /// What it means.
    meaning: &'static str,
}

impl Finding {
    pub(super) fn text(&self) -> String {
        format!("{}: {}: {}", self.what, self.subject, self.meaning)
    }
}

#[derive(Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn list(self) -> Vec<Finding> {
        self.0
    }

    fn add(&mut self, what: &'static str, subject: String, meaning: &'static str) {
        if self.0.len() < MAX {
            self.0.push(Finding { what, subject, meaning });
        }
    }

    pub(super) fn of_hour(&mut self, hour: Hour, wrong: &[Wrong]) {
        for wrong in wrong {
            let (what, meaning) = match wrong {
                Wrong::Missing => ("seal-missing", "the hour has no seal"),
                Wrong::Altered => {
                    ("seal-altered", "not a seal of this hour, or its signature is not valid")
                }
                Wrong::OtherKey => (
                    "seal-other-key",
                    "signed by a key that the seal before neither has nor announces",
                ),
                Wrong::NotNext => (
                    "seal-not-next",
                    "it doesn't follow the seal before it: one was removed or replaced",
                ),
                Wrong::OtherLines => (
                    "lines-differ",
                    "the hour's lines are not those that were sealed: lines were removed, edited or inserted",
                ),
            };
            self.add(what, hour.to_string(), meaning);
        }
    }

    pub(super) fn of_head(&mut self, hour: Hour) {
        let meaning = "the trail doesn't have the seal of --head any more: it was rewritten";
        self.add("head-differs", hour.to_string(), meaning);
    }

    pub(super) fn of_item(&mut self, table: AuditedTable, item: &AuditedItem) {
        // The rest of the key may be a digest of something secret.
        let kind = item.pk.split('#').next().unwrap_or_default();
        let subject = format!("{kind} {} in {}", item.item.as_str(), table.as_str());
        let meaning = "the item is not as its last line says: it was changed without a line, or lines were \
                       removed from the end of its chain";
        self.add("item-differs", subject, meaning);
    }

    /// Reads the trail again for the lines at which chains break.
    pub(super) async fn name(
        &mut self,
        trail: &Trail,
        chains: &Chains,
        now: Timestamp,
    ) -> Result<()> {
        let each = |LogLine { text, .. }| {
            if let Some(how) = chains.breaks_at(&text, now)
                && let Ok(line) = serde_json::from_str::<Line>(&text)
            {
                self.of_line(how, &line);
            }
            Ok(())
        };
        trail.read(Timestamp::from_millis(0), END, "", each).await
    }

    fn of_line(&mut self, how: Broken, line: &Line) {
        let item = line.item.as_ref().map_or("", |item| item.as_str());
        let time = line.time.as_deref().unwrap_or_default();
        let subject = format!("{} {item} at {time}, {} {}", line.kind, line.event, line.event_id);
        match how {
            Broken::Beginning => self.add(
                "chain-broken",
                subject,
                "no line leads to the content before this change: a line was removed or edited, this one \
                 was inserted, or the item is older than the trail",
            ),
            Broken::End => self.add(
                "chain-ends",
                subject,
                "the table doesn't have what this line left: later lines were removed, or the item was \
                 changed or deleted without one",
            ),
        }
    }

    /// Lines that can be part of no chain, and those that a chain has twice.
    pub(super) fn count(&mut self, chains: &Chains) {
        for change in &chains.put_back {
            self.add(
                "item-put-back",
                change.clone(),
                "the change has the author of an earlier one of the same item: an older copy of the item was put \
                 back, by somebody else",
            );
        }
        let counts = &chains.counts;
        let of = |count: u64| (count > 0).then(|| format!("{count} lines"));
        if let Some(subject) = of(counts.foreign) {
            self.add("foreign-lines", subject, "no recorder writes such lines: they were inserted");
        }
        if let Some(subject) = of(counts.malformed) {
            let meaning = "the recorder could not read records of a stream: their changes are not in any chain";
            self.add("malformed-records", subject, meaning);
        }
        if let Some(subject) = of(counts.late) {
            let meaning =
                "their changes were older than a stream keeps records: they were inserted";
            self.add("late-lines", subject, meaning);
        }
    }
}
