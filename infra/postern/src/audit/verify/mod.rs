//! `postern audit verify`: whether the trail is whole.

mod findings;
mod head;
mod hours;
mod progress;
mod tables;

use std::path::PathBuf;
use std::time::Duration;

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

/// How far clocks may differ. CloudWatch Logs takes no line that is more than two hours ahead.
const AHEAD: Duration = Duration::from_mins(5);

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// A seal that was printed before (`audit seal --output json`) and stored elsewhere: the trail has to
    /// have it still
    #[arg(long, value_name = "FILE")]
    head: Option<PathBuf>,

    /// Goes on after the last sealed hour that a verification with this file reached, and writes how far
    /// this one came, unless a seal was wrong. Without it, the whole trail is read
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
            // A finding of a seal is told again and again, until the seal is as it was.
            if findings.is_empty() {
                progress::write(file, &chains, &seals)?;
            } else {
                note(format!("--state {}: not written, because of the seals", file.display()));
            }
        }
        tables.verify(&trail, &mut chains, sealed.until, &mut findings).await?;
        let now = clock::now();
        if [Broken::Beginning, Broken::End].iter().any(|how| chains.broken(*how, now) > 0) {
            findings.name(&trail, &chains, now).await?;
        }
        findings.count(&chains);
        if let Some(newest) = trail.newest().filter(|newest| *newest > now.plus(AHEAD)) {
            note(format!(
                "the trail has lines of {newest}, and this machine's clock says {now}: one of the clocks is wrong, or \
                 the local stack's was moved (POST /clock), which this command doesn't follow. Which hours have to be \
                 sealed, and which items have expired, is judged by this machine's clock"
            ));
        }

        let report = Report {
            whole: findings.is_empty(),
            judged_at: now.rfc3339(),
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
    /// This machine's clock, by which hours are due and items expire.
    judged_at: String,
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
            ("judged at", self.judged_at.clone()),
            ("lines", self.lines.to_string()),
            ("repeated", self.repeated.to_string()),
            ("without author", self.unknown_authors.to_string()),
            ("sealed hours", self.sealed_hours.to_string()),
            ("sealed until", crate::output::some(self.sealed_until.as_ref())),
            ("findings", self.findings.len().to_string()),
        ]
    }
}
