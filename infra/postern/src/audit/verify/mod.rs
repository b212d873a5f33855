//! `postern audit verify`: whether the trail is whole.

mod findings;
mod head;
mod hours;
mod progress;
mod tables;

use std::path::PathBuf;

use clap::Args;
use domain::audit::verification::chains::Broken;
use runtime::clock;
use serde::Serialize;

use self::findings::{Finding, Findings};
use self::hours::Hours;
use self::tables::Tables;
use super::trail::Trail;
use crate::failure::{Result, refused};
use crate::operator::Operator;
use crate::output::{Output, Record, note};

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// A seal that was printed before (`audit seal --output json`) and stored elsewhere: the trail has to
    /// have it still
    #[arg(long, value_name = "FILE")]
    head: Option<PathBuf>,

    /// Goes on after the last sealed hour that a verification with this file reached, and writes how far
    /// this one came. Without it, the whole trail is read
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

impl Verify {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let head = self.head.as_deref().map(head::read).transpose()?;
        let (mut chains, mut seals) = progress::read(self.state.as_deref())?;
        let (trail, hours) = (Trail::open(operator)?, Hours::open(operator)?);
        let tables = Tables::open(operator).await?;
        let began = clock::now();
        let mut findings = Findings::default();

        let sealed = hours.verify(&trail, &mut chains, &mut seals, &mut findings, began).await?;
        if let Some(head) = &head {
            hours.compare(head, &mut findings).await?;
        }
        if let Some(file) = &self.state {
            progress::write(file, &chains, &seals)?;
        }
        tables.verify(&trail, &mut chains, sealed.until, &mut findings).await?;
        let now = clock::now();
        if [Broken::Beginning, Broken::End].iter().any(|how| chains.broken(*how, now) > 0) {
            findings.name(&trail, &chains, now).await?;
        }
        findings.count(&chains.counts);

        let report = Report {
            whole: findings.is_empty(),
            lines: chains.counts.lines,
            repeated: chains.counts.repeated,
            unknown_authors: chains.counts.unknown,
            sealed_hours: sealed.hours,
            sealed_until: sealed.hours.checked_sub(1).map(|_| sealed.until.rfc3339()),
            findings: findings.list(),
        };
        let count = report.findings.len();
        output.record(&report)?;
        report.findings.iter().for_each(|finding| note(finding.text()));
        match count {
            0 => Ok(()),
            _ => refused(format!("the audit trail is not whole: {count} findings")),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    whole: bool,
    /// Different lines.
    lines: u64,
    /// Lines that came again, because a stream delivered a record twice.
    repeated: u64,
    unknown_authors: u64,
    sealed_hours: u64,
    sealed_until: Option<String>,
    findings: Vec<Finding>,
}

impl Record for Report {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("whole", crate::output::yes_no(self.whole)),
            ("lines", self.lines.to_string()),
            ("repeated", self.repeated.to_string()),
            ("without author", self.unknown_authors.to_string()),
            ("sealed hours", self.sealed_hours.to_string()),
            ("sealed until", crate::output::some(self.sealed_until.as_ref())),
            ("findings", self.findings.len().to_string()),
        ]
    }
}
