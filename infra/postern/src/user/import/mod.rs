//! `postern user import`.
//!
//! Rows are read one at a time, and users are created some at a time, so that memory doesn't depend on
//! the length of the file. A row whose user already exists changes nothing, so an interrupted import can
//! be repeated.

mod lines;
mod memory;
mod progress;
mod row;

use std::path::PathBuf;

use clap::Args;
use domain::id::OrganizationId;
use futures_util::StreamExt as _;
use registry::{Creation, Users};
use runtime::clock;
use serde::Serialize;
use tokio::sync::mpsc;

use self::progress::Progress;
use self::row::{Format, Numbered, Row};
use crate::failure::{Result, refused};
use crate::operator::{InOrganization, Operator};
use crate::output::{Output, Record, some};

/// How many rows are read ahead.
const READ_AHEAD: usize = 256;

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    of: InOrganization,

    /// The file, `-` for standard input: CSV with a header, or JSON Lines. Fields: id, email,
    /// phoneNumber, username, passwordHash (argon2), role, accessRole, locale
    file: PathBuf,

    /// The file's format; the default depends on the file's name
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// How many users are created in parallel
    #[arg(long, default_value_t = 32, allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
}

/// The outcome of a row.
enum Outcome {
    Created,
    AlreadyExists,
    Bad(String),
}

/// The summary of an import.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    created: u64,
    already_there: u64,
    bad: u64,
    seconds: f64,
    rows_per_second: u64,
    /// `None` if the system doesn't report it.
    peak_memory_kib: Option<u64>,
}

impl Record for Summary {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("created", self.created.to_string()),
            ("already exist", self.already_there.to_string()),
            ("bad rows", self.bad.to_string()),
            ("seconds", format!("{:.1}", self.seconds)),
            ("rows per second", self.rows_per_second.to_string()),
            ("peak memory, KiB", some(self.peak_memory_kib)),
        ]
    }
}

impl Import {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let id = &self.of.organization;
        let (reader, progress) = progress::open(&self.file)?;
        operator.registered(id).await?;
        let users = operator.users()?;
        let (sender, rows) = mpsc::channel(READ_AHEAD);
        let format = self.format.unwrap_or_else(|| Format::of(&self.file));
        let reading = tokio::task::spawn_blocking(move || row::read(reader, format, &sender));
        let began = tokio::time::Instant::now();
        let mut summary = created(&users, id, rows, self.concurrency, &progress).await?;
        progress.finish();
        reading.await.map_err(anyhow::Error::from)??;
        summary.seconds = began.elapsed().as_secs_f64();
        summary.rows_per_second = rate(&summary);
        summary.peak_memory_kib = memory::peak_kib();
        output.record(&summary)?;
        match summary.bad {
            0 => Ok(()),
            1 => refused("1 row is bad; the others are done"),
            bad => refused(format!("{bad} rows are bad; the others are done")),
        }
    }
}

/// Creates the users of the rows, some at a time. It stops when AWS doesn't answer a call.
async fn created(
    users: &Users,
    organization: &OrganizationId,
    rows: mpsc::Receiver<Numbered>,
    concurrency: u16,
    progress: &Progress,
) -> Result<Summary> {
    let rows =
        futures_util::stream::unfold(rows, |mut rows| async { Some((rows.recv().await?, rows)) });
    let outcomes = rows.map(|Numbered { line, row }| async move {
        let outcome = match row {
            Ok(row) => create(users, organization, row).await?,
            Err(why) => Outcome::Bad(why),
        };
        Result::Ok((line, outcome))
    });
    let mut outcomes = std::pin::pin!(outcomes.buffer_unordered(concurrency.into()));
    let mut summary = Summary::default();
    while let Some(outcome) = outcomes.next().await {
        match outcome? {
            (_, Outcome::Created) => summary.created += 1,
            (_, Outcome::AlreadyExists) => summary.already_there += 1,
            (line, Outcome::Bad(why)) => {
                summary.bad += 1;
                progress.report(&format!("line {line}: {why}"));
            }
        }
        progress.row();
    }
    Ok(summary)
}

async fn create(users: &Users, organization: &OrganizationId, row: Row) -> Result<Outcome> {
    let user = match row.into_user(organization) {
        Ok(user) => user,
        Err(why) => return Ok(Outcome::Bad(why)),
    };
    Ok(match users.create(&user, clock::now()).await? {
        Creation::Created => Outcome::Created,
        Creation::AlreadyExists(_) => Outcome::AlreadyExists,
        Creation::IdTaken => {
            Outcome::Bad(format!("user {} already exists, with other identifiers", user.id))
        }
        Creation::IdentifierTaken { by, kind } => {
            Outcome::Bad(format!("user {by} already has this {kind}"))
        }
        Creation::Conflict => {
            let why = "another operator was creating the same user at the same time; run the \
                       import again";
            Outcome::Bad(why.to_owned())
        }
    })
}

impl Format {
    fn of(file: &std::path::Path) -> Self {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("jsonl" | "ndjson" | "json") => Self::Jsonl,
            _ => Self::Csv,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a rate for people"
)]
fn rate(summary: &Summary) -> u64 {
    let rows = (summary.created + summary.already_there + summary.bad) as f64;
    (rows / summary.seconds.max(0.001)) as u64
}
