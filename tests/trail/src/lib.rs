//! Histories of an audit trail. Items change, their stream delivers records in batches that fail, are cut
//! anew, halved, delivered twice and handed to several recorders; recorders and sealers die between any two
//! steps; calls of CloudWatch Logs are lost, late or done in part. The real handlers run. At the end every
//! change has its line, every hour its seal, and a verification finds nothing. One seed decides everything.

mod shards;
mod table;
mod verdict;

use std::fmt;
use std::pin::pin;
use std::sync::OnceLock;
use std::task::Poll;
use std::time::Duration;

use domain::audit::hour::Hour;
use domain::time::Timestamp;
use domain::token::signing_ring::SigningRing;
use fastrand::Rng;
use futures_util::poll;
use runtime::aws::Aws;
use runtime::event::{Records, Tick};
use runtime::resources::KeyRingName;
use serde_json::Value;
use workbench::{LogFault, NOW, Workbench};

use crate::shards::{Lane, Stream};
use crate::table::Table;

/// How much happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    pub changes: usize,
    /// Lines that came again.
    pub repeated: usize,
    pub hours: usize,
    /// Calls of a recorder or sealer that failed or died.
    pub failures: usize,
}

impl Told {
    pub fn add(&mut self, other: Self) {
        self.changes += other.changes;
        self.repeated += other.repeated;
        self.hours += other.hours;
        self.failures += other.failures;
    }
}

impl fmt::Display for Told {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { changes, repeated, hours, failures } = self;
        write!(
            formatter,
            "{changes} changes, {repeated} repeated lines, {hours} sealed hours, {failures} calls that failed"
        )
    }
}

/// Runs the history of a seed. What is wrong with it, if something is.
pub fn run(seed: u64) -> anyhow::Result<Result<Told, String>> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build()?;
    runtime.block_on(async { World::start(seed).await?.tell().await })
}

struct World {
    rng: Rng,
    now: Timestamp,
    workbench: Workbench,
    table: Table,
    stream: Stream,
    recorders: Vec<audit_record::State>,
    sealers: Vec<audit_seal::State>,
    told: Told,
}

impl World {
    async fn start(seed: u64) -> anyhow::Result<Self> {
        let mut rng = Rng::with_seed(seed);
        let workbench = Workbench::start().await?;
        workbench.secrets.put(KeyRingName::AuditSigning, ring()?);
        workbench.logs.page(rng.usize(1..8));
        let aws = &workbench.aws;
        let recorders = (0..3).map(|_| audit_record::State::new(aws)).collect::<Result<_, _>>()?;
        let sealers = (0..2).map(|_| audit_seal::State::new(aws)).collect::<Result<_, _>>()?;
        let name = name(aws)?;
        Ok(Self {
            now: NOW,
            table: Table::default(),
            stream: Stream::new(&name, rng.usize(1..4)),
            recorders,
            sealers,
            told: Told::default(),
            workbench,
            rng,
        })
    }

    async fn tell(mut self) -> anyhow::Result<Result<Told, String>> {
        for _ in 0..self.rng.usize(40..120) {
            self.disturb();
            match self.rng.u8(0..10) {
                0..4 => self.change(),
                4..8 => self.record().await,
                8 => self.seal().await,
                _ => self.wait(),
            }
        }
        // From now on, nothing fails: what is left must come through.
        self.workbench.logs.follow(None);
        self.workbench.logs.deliver_late_calls();
        while self.stream.is_behind() {
            self.record().await;
        }
        self.now = self.now.plus(Duration::from_mins(90));
        for sealer in &self.sealers {
            audit_seal::handle(sealer, Tick, self.now).await?;
        }
        let verdict = verdict::of(&self.workbench, &self.table, self.now).await?;
        Ok(verdict.map(|(repeated, hours)| Told { repeated, hours, ..self.told }))
    }

    /// Decides how calls of CloudWatch Logs fare from now on.
    fn disturb(&mut self) {
        let mut rng = self.rng.fork();
        let odds = rng.u8(1..5);
        self.workbench.logs.follow(Some(Box::new(move |_| match rng.u8(0..20) {
            roll if roll >= odds => LogFault::None,
            _ => match rng.u8(0..5) {
                0 => LogFault::LostBefore,
                1 => LogFault::LostAfter,
                2 => LogFault::Late,
                3 => LogFault::Error,
                _ => LogFault::Rejected(rng.usize(1..4)),
            },
        })));
    }

    fn change(&mut self) {
        for _ in 0..self.rng.usize(1..6) {
            let record = self.table.change(&mut self.rng, self.now);
            self.stream.push(record);
            self.told.changes += 1;
        }
        if self.rng.u8(0..20) == 0 {
            self.stream.split(&mut self.rng);
        }
        self.table.expire(self.now);
    }

    /// Time passes: seconds, or hours in which nothing is recorded. A call that was late has arrived by then.
    fn wait(&mut self) {
        let wait = match self.rng.u8(0..4) {
            0 => Duration::from_mins(self.rng.u64(10..1200)),
            _ => Duration::from_secs(self.rng.u64(1..600)),
        };
        self.workbench.logs.deliver_late_calls();
        // A stream keeps records for a day, and the recorder tries for 23 hours.
        if self.stream.oldest().is_none_or(|oldest| self.now.plus(wait).since(oldest) < DAY) {
            self.now = self.now.plus(wait);
        }
    }

    /// Hands a batch to one recorder, or to two.
    async fn record(&mut self) {
        let Some((lane, records)) = self.stream.batch(&mut self.rng) else { return };
        let calls = if self.rng.u8(0..8) == 0 { 2 } else { 1 };
        let mut is_done = false;
        for _ in 0..calls {
            let recorder = self.rng.usize(0..self.recorders.len());
            let records = Records { records: records.clone() };
            let work = audit_record::handle(&self.recorders[recorder], records, self.now);
            let dies_at = dies_at(&mut self.rng);
            is_done = matches!(until(work, dies_at).await, Some(Ok(_)));
            self.told.failures += usize::from(!is_done);
        }
        self.acknowledge(lane, records.len(), is_done);
    }

    /// Lambda goes on, or retries: the same batch, or the halves of it.
    fn acknowledge(&mut self, lane: Lane, count: usize, is_done: bool) {
        if is_done {
            self.stream.advance(lane, count);
        } else if self.rng.bool() {
            self.stream.halve(lane);
        }
    }

    async fn seal(&mut self) {
        let sealer = self.rng.usize(0..self.sealers.len());
        let work = audit_seal::handle(&self.sealers[sealer], Tick, self.now);
        let dies_at = dies_at(&mut self.rng);
        let is_done = matches!(until(work, dies_at).await, Some(Ok(_)));
        self.told.failures += usize::from(!is_done);
    }
}

const DAY: Duration = Duration::from_hours(23);

/// After how many steps a process dies; `None` if it doesn't.
fn dies_at(rng: &mut Rng) -> Option<usize> {
    (rng.u8(0..4) == 0).then(|| rng.usize(0..12))
}

/// Runs work, or its first steps.
async fn until<T>(work: impl Future<Output = T>, steps: Option<usize>) -> Option<T> {
    let Some(steps) = steps else { return Some(work.await) };
    let mut work = pin!(work);
    for _ in 0..steps {
        if let Poll::Ready(output) = poll!(&mut work) {
            return Some(output);
        }
        tokio::task::yield_now().await;
    }
    None
}

/// A ring of one key, the same in all histories: to generate one takes longer than a history.
fn ring() -> anyhow::Result<Value> {
    static RING: OnceLock<Value> = OnceLock::new();
    if let Some(ring) = RING.get() {
        return Ok(ring.clone());
    }
    let ring = SigningRing::first()?.text()?;
    Ok(RING.get_or_init(|| serde_json::from_str(ring.expose()).unwrap_or_default()).clone())
}

/// The name of the table that changes.
fn name(aws: &Aws) -> anyhow::Result<String> {
    let variable = runtime::resources::TableName::Sessions.variable();
    Ok(aws.config().required(variable)?.to_owned())
}

/// The first hour that a sealer of a history may seal.
pub(crate) fn first_hour() -> Hour {
    Hour::due(NOW)
}
