//! `postern audit`: the changes of a time, filtered.

use std::collections::HashSet;
use std::time::Duration;

use clap::Args;
use domain::audit::image::Tag;
use domain::audit::line::Line;
use domain::time::Timestamp;
use runtime::clock;
use runtime::log_group::LogLine;
use serde::Serialize;

use super::filter::Filter;
use super::order::ordered;
use super::trail::{END, Trail};
use crate::failure::Result;
use crate::operator::Operator;
use crate::output::{Output, Record, note, some};
use crate::values::span;

/// How often `--follow` looks for new lines.
const POLL: Duration = Duration::from_secs(1);

/// How much later than its time a line may be found: CloudWatch finds a line some seconds after it was
/// acknowledged.
const OVERLAP: Duration = Duration::from_mins(1);

/// Of the columns: lines are printed as they come.
const WIDTHS: [usize; 6] = [24, 30, 36, 36, 28, 36];

/// How much later a change of the same second may be recorded.
const SAME_SECOND: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    filter: Filter,

    /// Only changes of this time until now: a whole number and s, m, h or d
    #[arg(long, value_name = "SPAN", default_value = "24h", value_parser = span)]
    since: Duration,

    /// Goes on with new changes until it is interrupted
    #[arg(long)]
    follow: bool,
}

impl List {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let trail = Trail::open(operator)?;
        let codes = self.filter.code_items(operator).await?;
        let pattern = self.filter.pattern(&codes);
        // Lines are found by when they were written, which is at most a second before they were stored.
        let from = clock::now().minus(self.since);
        if self.follow {
            return follow(&trail, &pattern, from, output).await;
        }
        let listing = output.listing_of(&WIDTHS);
        let (mut seen, mut held) = (HashSet::new(), Held::default());
        let each = |line: LogLine| match first(&line, &mut seen) {
            Some(read) => listing.page(&held.add(line.at, read)),
            None => Ok(()),
        };
        trail.read(from, END, &pattern, each).await?;
        listing.page(&held.all())?;
        listing.end()?;
        if seen.is_empty() {
            self.explain_nothing(operator, &trail, from).await;
        }
        Ok(())
    }

    /// Nothing found may also mean that an id was mistyped.
    async fn explain_nothing(&self, operator: &Operator, trail: &Trail, from: Timestamp) {
        let words = self.filter.words();
        let of = if words.is_empty() { String::new() } else { format!(" of {words}") };
        note(format!("no change{of} since {from} in {}; --since looks further back", trail.name()));
        self.filter.unknown(operator).await.into_iter().for_each(note);
    }
}

async fn follow(trail: &Trail, pattern: &str, from: Timestamp, output: &Output) -> Result<()> {
    let (mut seen, mut from) = (HashSet::new(), from);
    loop {
        let began = clock::now();
        let each = |line: LogLine| match first(&line, &mut seen) {
            Some(line) => output.follow(&View(line)),
            None => Ok(()),
        };
        trail.read(from, END, pattern, each).await?;
        from = from.max(began.minus(OVERLAP));
        tokio::time::sleep(POLL).await;
    }
}

/// Lines that wait for those of the same second.
#[derive(Default)]
struct Held {
    since: Option<Timestamp>,
    lines: Vec<Line>,
}

impl Held {
    /// Adds a line, and returns those that waited long enough.
    fn add(&mut self, at: Timestamp, line: Line) -> Vec<View> {
        let is_over = self.since.is_some_and(|since| since.plus(SAME_SECOND) < at);
        let told = if is_over { self.all() } else { Vec::new() };
        self.since.get_or_insert(at);
        self.lines.push(line);
        told
    }

    fn all(&mut self) -> Vec<View> {
        self.since = None;
        ordered(std::mem::take(&mut self.lines)).into_iter().map(View).collect()
    }
}

/// A line that comes for the first time.
fn first(LogLine { text, .. }: &LogLine, seen: &mut HashSet<String>) -> Option<Line> {
    // By the whole text: a line that somebody inserts under the id of another must not hide that.
    let line: Line = serde_json::from_str(text).ok()?;
    seen.insert(text.clone()).then_some(line)
}

/// A change.
#[derive(Serialize)]
#[serde(transparent)]
struct View(Line);

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        let Self(line) = self;
        // A code has no user, and is found by its item.
        let item = line.item.as_ref().map(Tag::as_str);
        let named = [&line.user, &line.partner, &line.client, &line.api_key];
        let subject = named.into_iter().find_map(|id| id.as_deref());
        let is_code = line.event.starts_with("code.");
        let subject = subject.or_else(|| item.filter(|_| is_code));
        let by = line.operator.as_ref().unwrap_or(&line.by);
        let why = line.request_id.as_ref().or(line.reason.as_ref());
        vec![
            ("time", some(line.time.as_ref())),
            ("event", line.event.clone()),
            ("organization", some(line.organization.as_ref())),
            ("subject", some(subject)),
            ("by", by.clone()),
            ("request or reason", some(why)),
        ]
    }
}
