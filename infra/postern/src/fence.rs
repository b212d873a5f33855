//! `postern fence`, and the wait for the end of a sign-out.

use std::time::Duration;

use clap::Args;
use domain::fence::{MARGIN, over_at};
use domain::id::OrganizationId;
use domain::time::Timestamp;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use runtime::clock;
use serde::Serialize;

use crate::failure::Result;
use crate::operator::Operator;
use crate::output::{Output, Record, note};

#[derive(Debug, Args)]
pub(crate) struct Fence {
    #[command(flatten)]
    wait: Wait,
}

/// Whether to wait until a sign-out is over.
#[derive(Debug, Args)]
pub(crate) struct Wait {
    /// Doesn't wait until the sign-out is over; until then, sessions and codes may still work, and
    /// sign-ins are refused
    #[arg(long)]
    no_wait: bool,
}

impl Fence {
    /// Fences the identity provider, then every organization. Running it again is safe: it fences all
    /// of them once more.
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        operator.confirm(&format!(
            "All users of all organizations and of the identity provider will be signed out, and \
             nobody can sign in for {} s",
            MARGIN.as_secs()
        ))?;
        let mut done = Done::default();
        let result = fence_all(operator, &mut done).await;
        let listing = output.listing();
        listing.page(&done.views)?;
        listing.end()?;
        if result.is_err() {
            note(format!("only {} fenced: run `postern fence` again", done.views.len()));
        }
        result?;
        self.wait.until_over(done.latest).await
    }
}

/// What a run has fenced so far.
#[derive(Default)]
struct Done {
    views: Vec<View>,
    latest: Option<Timestamp>,
}

impl Done {
    fn add(&mut self, id: OrganizationId, bound: Timestamp) {
        self.latest = self.latest.max(Some(bound));
        self.views.push(View { id: id.into(), valid_after: bound.to_string() });
        if self.views.len().is_multiple_of(1000) {
            note(format!("{} fenced", self.views.len()));
        }
    }
}

async fn fence_all(operator: &Operator, done: &mut Done) -> Result<()> {
    let (organizations, fences) = (operator.organizations()?, operator.fences()?);
    let bound = fences.realm(clock::now).await?;
    done.add(OrganizationId::sso(), bound);
    let mut from = None;
    loop {
        let page = organizations.ids(from).await?;
        for id in page.items {
            // Without a bound, the organization was deleted since the page was read.
            if let Some(bound) = fences.organization(&id, clock::now).await? {
                done.add(id, bound);
            }
        }
        from = page.next;
        if from.is_none() {
            return Ok(());
        }
    }
}

impl Wait {
    /// Waits until the last instance that read an organization before the sign-out has read it anew.
    pub(crate) async fn until_over(&self, bound: Option<Timestamp>) -> Result<()> {
        let Some(over) = bound.map(over_at) else { return Ok(()) };
        if self.no_wait {
            note(format!("the sign-out is over at {over}; until then, sign-ins are refused"));
            return Ok(());
        }
        let seconds = over.since(clock::now()).as_millis().div_ceil(1000);
        note(format!(
            "waiting {seconds} s, until {over}: until then, sign-ins are refused, and instances that \
             don't know of the sign-out may accept old sessions; to interrupt the wait takes nothing back"
        ));
        let bar = bar(u64::try_from(seconds).unwrap_or(u64::MAX));
        loop {
            let left = over.since(clock::now());
            if left.is_zero() {
                break;
            }
            tokio::time::sleep(left.min(Duration::from_secs(1))).await;
            bar.inc(1);
        }
        bar.finish_and_clear();
        note("the sign-out is over: users can sign in again");
        Ok(())
    }
}

/// A progress bar on standard error, if that is a terminal.
fn bar(seconds: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(seconds), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} s");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// What was fenced, and until when.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    id: String,
    valid_after: String,
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![("id", self.id.clone()), ("valid after", self.valid_after.clone())]
    }
}
