//! Each hour: seals the lines of the audit trail of the hours before.

use anyhow::{Context as _, bail};
use domain::audit::hour::Hour;
use domain::audit::seal::{HourOfLines, Seal};
use domain::id::Nonce;
use domain::time::Timestamp;
use domain::token::signing_ring::SigningRing;
use runtime::aws::Aws;
use runtime::event::Tick;
use runtime::key_rings::KeyRings;
use runtime::log_group::{LogGroup, LogStream, Query};
use runtime::resources::{AUDIT_LOG_GROUP, CHANGES, SEALS};
use runtime::telemetry;
use store::Seals;

pub struct State {
    seals: Seals,
    keys: KeyRings<SigningRing>,
    trail: LogGroup,
    lines: LogStream,
}

impl State {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        let trail = LogGroup::new(aws, AUDIT_LOG_GROUP)?;
        Ok(Self {
            seals: Seals::new(aws)?,
            keys: KeyRings::sealing(aws)?,
            lines: LogStream::new(trail.clone(), format!("{SEALS}{}", Nonce::random().as_str())),
            trail,
        })
    }
}

/// Seals every hour that is over and has no seal, also one without a line, from the first line on. It may
/// run twice, side by side, or a day late: an hour's lines don't change once it is over, and the first
/// seal of an hour counts.
///
/// # Errors
/// The hours that were sealed before the error stay sealed, and the next run goes on from there.
pub async fn handle(state: &State, _: Tick, now: Timestamp) -> anyhow::Result<&'static str> {
    let ring = state.keys.current(now).await?;
    let due = Hour::due(now);
    let mut head = state.seals.head().await?;
    if head.is_none() {
        if state.has_seals(now).await? {
            bail!("the trail has seals, and the table has none: they were deleted");
        }
        state.seals.begin(state.first_hour(due).await?).await?;
        head = state.seals.head().await?;
    }
    let (head, mut last) = head.context("the head of the seals is gone")?;
    let mut hour = head.next();
    while hour <= due {
        let lines = state.lines_of(hour).await?;
        let seal = Seal::sign(hour, &lines, last.as_ref(), &ring, now)?;
        // The line comes first: a run that ends here leaves a line too many, which is no harm.
        state.lines.write(&[seal.line().context("serialise a seal")?], now).await?;
        let seal = state.seals.put(hour, seal).await?;
        state.seals.advance(hour).await?;
        telemetry::count("AuditSealed", ("function", "audit-seal"), now);
        last = Some(seal);
        hour = hour.next();
    }
    Ok("sealed")
}

impl State {
    /// Whether the trail has a line of a seal. The table gets its head before the first one.
    async fn has_seals(&self, now: Timestamp) -> anyhow::Result<bool> {
        let (from, until) = (Timestamp::from_millis(0), Hour::of(now).next().start());
        let query = Query { streams: SEALS, from, until, pattern: "" };
        let mut next = None;
        loop {
            let page = self.trail.page(&query, next.as_deref()).await?;
            next = page.next;
            if !page.lines.is_empty() || next.is_none() {
                return Ok(!page.lines.is_empty());
            }
        }
    }

    /// The hour of the first line; before the first one, the hour that is due.
    async fn first_hour(&self, due: Hour) -> anyhow::Result<Hour> {
        let (from, until) = (Timestamp::from_millis(0), due.next().start());
        let query = Query { streams: CHANGES, from, until, pattern: "" };
        let mut next = None;
        loop {
            let page = self.trail.page(&query, next.as_deref()).await?;
            if let Some(line) = page.lines.iter().min_by_key(|line| line.at) {
                return Ok(Hour::of(line.at));
            }
            next = page.next;
            if next.is_none() {
                return Ok(due);
            }
        }
    }

    async fn lines_of(&self, hour: Hour) -> anyhow::Result<HourOfLines> {
        let (from, until) = (hour.start(), hour.next().start());
        let query = Query { streams: CHANGES, from, until, pattern: "" };
        let (mut lines, mut next) = (HourOfLines::default(), None);
        loop {
            let page = self.trail.page(&query, next.as_deref()).await?;
            page.lines.iter().for_each(|line| lines.add(&line.text));
            next = page.next;
            if next.is_none() {
                return Ok(lines);
            }
        }
    }
}
