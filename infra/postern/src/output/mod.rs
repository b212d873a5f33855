//! Output: tables for people, JSON for programs. Results and secrets go to standard output, everything
//! else to standard error. Everything that may reach a terminal is printed by this module.

pub(crate) mod export;
mod listing;
mod shown;
pub(crate) mod stdout;
mod terminal;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, Write as _};

use clap::ValueEnum;
use domain::secret::Secret;
use serde::Serialize;
use serde_json::json;
use unicode_width::UnicodeWidthStr as _;

pub(crate) use self::listing::Listing;
pub(crate) use self::shown::Shown;
use self::terminal::escaped;
pub(crate) use self::terminal::printable;
use crate::failure::{Failure, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// For programs; the names of fields are stable
    Json,
}

/// A record to print: its fields in JSON, its cells in a table.
pub(crate) trait Record: Serialize {
    /// The names and texts of the columns.
    fn cells(&self) -> Vec<(&'static str, String)>;
}

/// A valid secret that could not be printed, so that it is lost.
#[must_use]
pub(crate) struct Unprinted(io::Error);

impl Unprinted {
    /// The failure, with what the operator has to do about the secret.
    pub(crate) fn with_remedy(self, remedy: impl Display) -> Failure {
        Failure::Refused(format!("the secret could not be printed ({}): {remedy}", self.0))
    }
}

/// Prints in one format.
pub(crate) struct Output {
    format: Format,
    shown: Shown,
}

impl Output {
    pub(crate) fn new(format: Format, shown: Shown) -> Self {
        Self { format, shown }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Prints a JSON object, whatever the format.
    pub(crate) fn object(value: &impl Serialize) -> Result<()> {
        Ok(line(&json(value)?)?)
    }

    /// Prints a record: a JSON object, or a line for each field.
    pub(crate) fn record(&self, record: &impl Record) -> Result<()> {
        match self.format {
            Format::Json => line(&json(record)?)?,
            Format::Table => {
                let cells = self.shown.of(record.cells())?;
                let rows = if self.shown.is_quiet() { values(&cells) } else { sheet(&cells) };
                line(&rows.join("\n"))?;
            }
        }
        Ok(())
    }

    /// Prints a record of a list that doesn't end: JSON in one line, or the texts of its cells.
    pub(crate) fn follow(&self, record: &impl Record) -> Result<()> {
        match self.format {
            Format::Json => {
                line(&escaped(&serde_json::to_string(record).map_err(io::Error::from)?))?;
            }
            Format::Table => {
                let cells = values(&self.shown.of(record.cells())?);
                let cells = cells.into_iter().filter(|text| !text.is_empty());
                line(&cells.collect::<Vec<_>>().join("  "))?;
            }
        }
        Ok(())
    }

    /// Prints a record with a secret, once. In the table format, standard output gets only the secret.
    pub(crate) fn secret(
        &self,
        record: &impl Record,
        name: &str,
        secret: &Secret,
    ) -> std::result::Result<(), Unprinted> {
        if stdout::is_null().map_err(Unprinted)? {
            return Err(Unprinted(io::Error::other("standard output is /dev/null")));
        }
        let printed = match self.format {
            Format::Json => with_secret(record, name, secret).and_then(|text| line(&text)),
            Format::Table => {
                if !self.shown.is_quiet() {
                    sheet(&record.cells()).iter().for_each(note);
                    note(format!("{name}, printed only once:"));
                }
                line(secret.expose())
            }
        };
        printed.map_err(Unprinted)
    }

    /// Prints variables: lines for a shell to evaluate, or a JSON object.
    pub(crate) fn variables(&self, variables: &[(String, String)]) -> Result<()> {
        if self.format == Format::Json {
            let object: BTreeMap<_, _> = variables.iter().cloned().collect();
            return Ok(line(&json(&object)?)?);
        }
        for (name, value) in variables {
            let value = printable(value).replace('\'', r"'\''");
            line(&format!("export {name}='{value}'"))?;
        }
        Ok(())
    }
}

fn json(value: &impl Serialize) -> io::Result<String> {
    Ok(escaped(&serde_json::to_string_pretty(value)?))
}

fn with_secret(record: &impl Record, name: &str, secret: &Secret) -> io::Result<String> {
    let mut object = serde_json::to_value(record)?;
    object[name] = json!(secret.expose());
    json(&object)
}

/// The texts of cells, without their heads.
fn values(cells: &[(&'static str, String)]) -> Vec<String> {
    cells.iter().map(|(_, text)| printable(text)).collect()
}

/// A line for each cell of a record.
fn sheet(cells: &[(&'static str, String)]) -> Vec<String> {
    let width = cells.iter().map(|(name, _)| name.width()).max().unwrap_or_default();
    let lines = cells
        .iter()
        .map(|(name, text)| format!("{name:width$}  {}", printable(text)).trim_end().to_owned());
    lines.collect()
}

/// Prints text that is safe for a terminal.
fn line(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()
}

/// Prints a script of ours to standard output.
pub(crate) fn script(text: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text)?;
    Ok(stdout.flush()?)
}

/// Prints a line to standard error. If that fails, the command continues.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{}", printable(&text.to_string()));
}

/// Prints a question to standard error.
pub(crate) fn ask(question: &str) -> Result<()> {
    write!(io::stderr().lock(), "{}", printable(question))?;
    Ok(())
}

/// The cell of a value that may be missing.
pub(crate) fn some(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// The cell of a boolean.
pub(crate) fn yes_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}
