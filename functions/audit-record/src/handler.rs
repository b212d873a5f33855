//! Streams of the tables: writes a line of the audit trail for each change.

use anyhow::Context as _;
use domain::audit::line::{Line, MALFORMED};
use domain::audit::table::AuditedTable;
use domain::id::Nonce;
use domain::key::KeyBytes;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::event::Records;
use runtime::key_rings::KeyRings;
use runtime::log_group::{LogGroup, LogStream};
use runtime::resources::{AUDIT_LOG_GROUP, CHANGES, KeyRingName, TableName};
use runtime::telemetry;
use serde_json::Value;

pub struct State {
    /// The tables' names in this deployment.
    tables: Vec<(String, AuditedTable)>,
    keys: KeyRings,
    lines: LogStream,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        let tables = TableName::AUDITED
            .iter()
            .map(|(name, table)| Ok((aws.config().required(name.variable())?.to_owned(), *table)));
        let group = LogGroup::new(aws, AUDIT_LOG_GROUP)?;
        Ok(Self {
            tables: tables.collect::<anyhow::Result<_>>()?,
            keys: KeyRings::new(aws, KeyRingName::Audit)?,
            // Of this instance alone, so that two never write into one stream.
            lines: LogStream::new(group, format!("{CHANGES}{}", Nonce::random().as_str())),
        })
    }
}

/// Writes the lines of a batch, acknowledged: what a function prints may be lost unseen. A record that is
/// delivered twice gives the same line twice, and counts once.
///
/// # Errors
/// After an error, the stream delivers the batch again.
pub async fn handle(
    state: &State,
    Records { records }: Records,
    now: Timestamp,
) -> anyhow::Result<&'static str> {
    // Lines of one item are compared by keyed digests, so the key never changes.
    let ring = state.keys.permanent(now).await?;
    let mut lines = Vec::with_capacity(records.len());
    for record in &records {
        let line = state.line(record, &ring.current.bytes);
        report(&line, now);
        lines.push(serde_json::to_string(&line).context("serialise a line")?);
    }
    state.lines.write(&lines, now).await?;
    Ok("recorded")
}

impl State {
    fn line(&self, record: &Value, key: &KeyBytes) -> Line {
        // `arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<label>`
        let source = record["eventSourceARN"].as_str().unwrap_or_default();
        let name = source.split('/').nth(1);
        let table = self.tables.iter().find(|(table, _)| Some(table.as_str()) == name);
        Line::of(table.map(|(_, table)| *table), record, key)
    }
}

/// A change that names no author was made by hand or by another program, or is a bug of ours.
fn report(line: &Line, now: Timestamp) {
    if line.event == MALFORMED {
        telemetry::count("AuditMalformed", ("event", MALFORMED), now);
    } else if !line.has_author() {
        telemetry::count("AuditUnknownAuthor", ("event", &line.event), now);
    }
}
