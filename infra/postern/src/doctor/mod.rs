//! `postern doctor`: checks a deployment, and says how to fix each problem.

mod alarms;
mod clock;
mod delivery;
mod event_source;
mod functions;
mod logs;
mod mail;
mod metric;
mod published;
mod recorder;
mod resources;
mod sandboxes;
mod secrets;
mod sms;
mod subscribers;
mod tables;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use anyhow::anyhow;
use futures_util::future::{LocalBoxFuture, Shared};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use runtime::outage::Unavailable;
use serde::Serialize;

use crate::cause;
use crate::failure::{Failure, Result, refused};
use crate::operator::Operator;
use crate::output::{Listing, Output, Record, some};
use resources::Resources;

/// The widths of check, verdict and finding: later ones are not known when the first is printed.
const WIDTHS: [usize; 3] = [42, 9, 50];

/// The result of one check.
#[derive(Clone, Debug, Serialize)]
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

/// Runs all checks at once, and prints what each finds when it is done: one that gets no answer delays
/// no other.
pub(crate) async fn run(operator: &Operator, output: &Output) -> Result<()> {
    let listing = RefCell::new(output.listing_of(&WIDTHS));
    let report = Report { listing, wrong: Cell::new(0), unanswered: Cell::new(0) };
    let resources = async { Rc::new(Resources::read(operator).await) }.boxed_local().shared();
    let mut checks: FuturesUnordered<LocalBoxFuture<'_, Vec<Finding>>> = [
        caller(operator).map(|one| vec![one]).boxed_local(),
        published::check(operator).map(|one| vec![one]).boxed_local(),
        mail::check(operator).boxed_local(),
        sms::check(operator).boxed_local(),
        sandboxes::check(operator).boxed_local(),
        clock::check(operator).map(|one| vec![one]).boxed_local(),
        resources.clone().map(|found| vec![resources::finding(&found)]).boxed_local(),
        with(resources.clone(), async |found| functions::check(operator, found).await),
        with(resources.clone(), async |found| delivery::check(operator, found).await),
        with(resources.clone(), async |found| recorder::check(operator, found).await),
        with(resources.clone(), async |found| alarms::check(operator, found).await),
        with(resources.clone(), async |found| vec![subscribers::check(operator, found).await]),
        with(resources, async |found| logs::check(operator, found).await),
    ]
    .into_iter()
    .chain(tables::checks(operator))
    .chain(secrets::checks(operator))
    .collect();
    while let Some(findings) = checks.next().await {
        findings.into_iter().try_for_each(|finding| report.add(finding))?;
    }
    drop(checks);
    report.listing.into_inner().end()?;
    match (report.wrong.get(), report.unanswered.get()) {
        (0, 0) => Ok(()),
        (0, _) => Err(anyhow!("some checks got no answer").context(Unavailable).into()),
        (1, _) => refused("1 check found a problem"),
        (wrong, _) => refused(format!("{wrong} checks found a problem")),
    }
}

/// How many alarms the stack has, and the names of those that are on.
pub(crate) async fn alarms(operator: &Operator) -> Result<(usize, Vec<String>)> {
    match Resources::read(operator).await {
        Ok(resources) => Ok(alarms::on(operator, &resources).await?),
        Err(finding) => refused(finding.found),
    }
}

/// The stack's resources, which several checks wait for.
type Found<'o> = Shared<LocalBoxFuture<'o, Rc<std::result::Result<Resources, Finding>>>>;

/// A check that needs the stack's resources. Without them it finds nothing.
fn with<'o>(
    resources: Found<'o>,
    check: impl AsyncFn(&Resources) -> Vec<Finding> + 'o,
) -> LocalBoxFuture<'o, Vec<Finding>> {
    let found = async move {
        match &*resources.await {
            Ok(resources) => check(resources).await,
            Err(_) => Vec::new(),
        }
    };
    found.boxed_local()
}

/// As whom the checks are made: a wrong profile explains what follows.
async fn caller(operator: &Operator) -> Finding {
    let found = operator.deployment.place_and_caller().await;
    match operator.deployment.caller().await {
        Ok(_) => Finding::good("identity", found),
        Err(_) => Finding::warning("identity", found, "check AWS_PROFILE and its credentials"),
    }
}
