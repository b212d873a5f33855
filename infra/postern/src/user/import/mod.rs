//! `postern user import`.
//!
//! Rows are read one at a time, and users are created some at a time, so that memory doesn't depend on
//! the length of the file. A row whose user already exists changes nothing, so an interrupted import can
//! be repeated.

mod apply;
mod fields;
mod lines;
mod memory;
mod order;
mod phone;
mod progress;
mod rejects;
mod row;
mod run;
mod summary;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

use clap::Args;
use domain::locale::Locale;
use tokio::sync::mpsc;
use tokio::time::Instant;

use self::apply::{Importer, Mode};
use self::fields::{Columns, Mapping};
use self::phone::Country;
use self::rejects::Rejects;
use self::row::{Format, Layout, Reading, UnknownHash};
use self::run::Run;
use crate::failure::{Failure, Result, refused};
use crate::operator::{InOrganization, Operator};
use crate::output::Output;

/// How many rows are read ahead.
const READ_AHEAD: usize = 256;

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    of: InOrganization,

    /// The file, `-` for standard input: CSV with a header, or JSON Lines. Fields: id, email,
    /// phoneNumber, username, passwordHash, role, accessRole, locale, disabled
    file: PathBuf,

    /// The file's format; the default depends on the file's name
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// What separates the values of CSV: a character, or `tab`
    #[arg(long, default_value = ",", value_parser = delimiter)]
    delimiter: u8,

    /// The field that a column is, e.g. `--map 'E-Mail=email'`; `--map Notes=` ignores the column. May be
    /// repeated
    #[arg(long, value_name = "COLUMN=FIELD", value_parser = Mapping::parse)]
    map: Vec<Mapping>,

    /// Writes nothing: says what the import would do, and which rows are bad
    #[arg(long)]
    check: bool,

    /// Gives users who exist the values of their rows; an empty value changes nothing. A new password
    /// hash, or `disabled`, ends their sessions
    #[arg(long)]
    update: bool,

    /// What becomes of a row whose password hash is of a format that no login checks
    #[arg(long, value_enum, default_value_t)]
    unknown_hash: UnknownHash,

    /// The country of phone numbers without a country code, as two letters, e.g. DE
    #[arg(long, value_name = "COUNTRY", value_parser = phone::country)]
    default_country: Option<Country>,

    /// The locale of rows whose locale has no messages; without it, they are bad
    #[arg(long, value_name = "LOCALE", value_parser = Locale::parse)]
    locale_fallback: Option<Locale>,

    /// Writes the bad rows to this new file, with the header, to be corrected and imported again
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,

    /// How many users are created in parallel
    #[arg(long, default_value_t = 32, allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
}

fn delimiter(text: &str) -> std::result::Result<u8, &'static str> {
    match text.as_bytes() {
        _ if text == "tab" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !b"\"\r\n".contains(byte) => Ok(*byte),
        _ => Err("a delimiter is one ASCII character other than a quote, or tab"),
    }
}

impl Import {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let id = &self.of.organization;
        let (reader, progress) = progress::open(&self.file)?;
        operator.registered(id).await?;
        let (users, organizations) = (operator.users()?, operator.organizations()?);
        let rejects = self.rejects.as_deref().map(Rejects::create).transpose()?;
        let format = self.format.unwrap_or_else(|| Format::of(&self.file));
        let (sender, parts) = mpsc::channel(READ_AHEAD);
        let reading = Reading {
            unknown_hash: self.unknown_hash,
            country: self.default_country,
            locale_fallback: self.locale_fallback,
        };
        let columns = Columns::new(self.map);
        let layout = Layout { format, delimiter: self.delimiter, columns, reading };
        let reading = tokio::task::spawn_blocking(move || row::read(reader, &layout, &sender));
        let importer = Importer {
            users: &users,
            organizations: &organizations,
            read_at: Mutex::new(Instant::now()),
            organization: id,
            mode: if self.update { Mode::Update } else { Mode::Create },
            check: self.check.then(|| Mutex::new(HashMap::new())),
            throttled: AtomicU64::new(0),
        };
        let mut run = Run::new(&importer, progress, rejects, usize::from(self.concurrency));
        let done = run.all(parts).await;
        let summary = run.finish()?;
        let read = reading.await.map_err(anyhow::Error::from)?;
        // Then no row was read.
        if let Err(Failure::Usage(why)) = read {
            return Err(Failure::Usage(why));
        }
        output.record(&summary)?;
        done.and(read)?;
        // A deletion of the organization that began meanwhile may not have found the last users.
        operator.registered(id).await?;
        match (summary.bad, self.check) {
            (0, _) => Ok(()),
            (1, true) => refused("1 row is bad; nothing was changed"),
            (bad, true) => refused(format!("{bad} rows are bad; nothing was changed")),
            (1, false) => refused("1 row is bad; the others are done"),
            (bad, false) => refused(format!("{bad} rows are bad; the others are done")),
        }
    }
}

impl Format {
    fn of(file: &std::path::Path) -> Self {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("jsonl" | "ndjson" | "json") => Self::Jsonl,
            _ => Self::Csv,
        }
    }
}
