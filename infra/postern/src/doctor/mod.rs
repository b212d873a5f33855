//! `postern doctor`: checks a deployment, and says how to fix each problem.

mod clock;
mod sandboxes;
mod secrets;
mod senders;
mod tables;

use serde::Serialize;

use crate::failure::{Result, refused};
use crate::operator::Operator;
use crate::output::{Output, Record, some};

/// The result of one check.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    check: String,
    verdict: Verdict,
    found: String,
    remedy: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Verdict {
    Good,
    /// It may be a problem; it doesn't change the exit status.
    Warning,
    Wrong,
    /// The check is not possible here.
    Unknown,
}

impl Finding {
    fn good(check: impl Into<String>, found: impl Into<String>) -> Self {
        Self { check: check.into(), verdict: Verdict::Good, found: found.into(), remedy: None }
    }

    fn wrong(
        check: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let verdict = Verdict::Wrong;
        Self { check: check.into(), verdict, found: found.into(), remedy: Some(remedy.into()) }
    }

    fn warning(
        check: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { verdict: Verdict::Warning, ..Self::wrong(check, found, remedy) }
    }

    fn judged(
        is_good: bool,
        check: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        if is_good { Self::good(check, found) } else { Self::wrong(check, found, remedy) }
    }

    /// A call that failed: an emulator may not support it, or the operator's role may not allow it.
    fn failed(check: impl Into<String>, error: &anyhow::Error) -> Self {
        let text = format!("{error:#}");
        let is_unknown = text.contains("UnknownOperation") || text.contains("InvalidAction");
        if is_unknown {
            let found = "this endpoint doesn't support the check".to_owned();
            return Self { check: check.into(), verdict: Verdict::Unknown, found, remedy: None };
        }
        let remedy = "check that the resource exists in this account and region, and that your role \
                      allows the call";
        Self::wrong(check, text, remedy)
    }
}

impl Record for Finding {
    fn cells(&self) -> Vec<(&'static str, String)> {
        let verdict = match self.verdict {
            Verdict::Good => "good",
            Verdict::Warning => "WARNING",
            Verdict::Wrong => "WRONG",
            Verdict::Unknown => "unknown",
        };
        vec![
            ("check", self.check.clone()),
            ("verdict", verdict.to_owned()),
            ("found", self.found.clone()),
            ("remedy", some(self.remedy.as_ref())),
        ]
    }
}

/// Runs all checks.
pub(crate) async fn run(operator: &Operator, output: &Output) -> Result<()> {
    let mut findings = tables::check(operator).await?;
    findings.extend(secrets::check(operator).await?);
    findings.extend(senders::check(operator).await?);
    findings.extend(sandboxes::check(operator).await?);
    findings.push(clock::check(operator).await?);
    let listing = output.listing();
    listing.page(&findings)?;
    listing.end()?;
    match findings.iter().filter(|finding| finding.verdict == Verdict::Wrong).count() {
        0 => Ok(()),
        1 => refused("1 check found a problem"),
        wrong => refused(format!("{wrong} checks found a problem")),
    }
}
