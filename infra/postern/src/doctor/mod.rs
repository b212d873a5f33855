//! `postern doctor`: checks a deployment, and says how to fix each problem.

mod clock;
mod published;
mod sandboxes;
mod secrets;
mod senders;
mod tables;

use std::cell::{Cell, RefCell};

use anyhow::anyhow;
use runtime::outage::Unavailable;
use serde::Serialize;

use crate::cause;
use crate::failure::{Failure, Result, refused};
use crate::operator::Operator;
use crate::output::{Listing, Output, Record, some};

/// The widths of check, verdict and finding: later ones are not known when the first is printed.
const WIDTHS: [usize; 3] = [42, 9, 50];

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
    /// AWS didn't answer in time.
    Unanswered,
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

    /// A check that failed itself: an emulator may not support it, or the operator's role may not allow
    /// it.
    fn failed(check: impl Into<String>, failure: impl Into<Failure>) -> Self {
        let failure = failure.into();
        let (found, call) = (failure.to_string(), failure.call());
        let is_unsupported = call.is_some_and(|call| {
            ["InvalidAction", "UnknownOperation", "UnknownOperationException"]
                .contains(&call.code.as_str())
        });
        match &failure {
            Failure::Unreachable(error) => {
                let (found, remedy) = (format!("{error:#}"), "run `postern doctor` again");
                Self { verdict: Verdict::Unanswered, ..Self::wrong(check, found, remedy) }
            }
            _ if is_unsupported => {
                let found = "this endpoint doesn't support the check".to_owned();
                Self { check: check.into(), verdict: Verdict::Unknown, found, remedy: None }
            }
            _ => {
                let complete = "complete the environment: docs/operate.md, \"The environment\"";
                let remedy = call.map_or_else(|| complete.to_owned(), cause::remedy);
                Self::wrong(check, found, remedy)
            }
        }
    }
}

impl Record for Finding {
    fn cells(&self) -> Vec<(&'static str, String)> {
        let verdict = match self.verdict {
            Verdict::Good => "good",
            Verdict::Warning => "WARNING",
            Verdict::Wrong => "WRONG",
            Verdict::Unknown => "unknown",
            Verdict::Unanswered => "NO ANSWER",
        };
        vec![
            ("check", self.check.clone()),
            ("verdict", verdict.to_owned()),
            ("found", self.found.clone()),
            ("remedy", some(self.remedy.as_ref())),
        ]
    }
}

/// The findings, each printed as soon as it is found.
struct Report {
    listing: RefCell<Listing>,
    wrong: Cell<usize>,
    unanswered: Cell<usize>,
}

impl Report {
    /// Prints a finding. No finding stops the checks, but nobody who reads them does.
    fn add(&self, finding: Finding) -> Result<()> {
        let count = |counter: &Cell<usize>| counter.set(counter.get() + 1);
        match finding.verdict {
            Verdict::Wrong => count(&self.wrong),
            Verdict::Unanswered => count(&self.unanswered),
            Verdict::Good | Verdict::Warning | Verdict::Unknown => {}
        }
        self.listing.borrow().page(&[finding])
    }
}

/// Runs all checks.
pub(crate) async fn run(operator: &Operator, output: &Output) -> Result<()> {
    let listing = RefCell::new(output.listing_of(&WIDTHS));
    let report = Report { listing, wrong: Cell::new(0), unanswered: Cell::new(0) };
    report.add(caller(operator).await)?;
    tables::check(operator, &report).await?;
    secrets::check(operator, &report).await?;
    report.add(published::check(operator).await)?;
    senders::check(operator, &report).await?;
    sandboxes::check(operator, &report).await?;
    report.add(clock::check(operator).await)?;
    report.listing.into_inner().end()?;
    match (report.wrong.get(), report.unanswered.get()) {
        (0, 0) => Ok(()),
        (0, _) => Err(anyhow!("some checks got no answer").context(Unavailable).into()),
        (1, _) => refused("1 check found a problem"),
        (wrong, _) => refused(format!("{wrong} checks found a problem")),
    }
}

/// As whom the checks are made: a wrong profile explains what follows.
async fn caller(operator: &Operator) -> Finding {
    let found = operator.deployment.place_and_caller().await;
    match operator.deployment.caller().await {
        Ok(_) => Finding::good("identity", found),
        Err(_) => Finding::warning("identity", found, "check AWS_PROFILE and its credentials"),
    }
}
