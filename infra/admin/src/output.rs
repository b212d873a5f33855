//! What is printed: tables for people, JSON for programs. Results and secrets go to standard output,
//! everything else to standard error.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write as _};

use clap::ValueEnum;
use domain::secret::Secret;
use serde::Serialize;
use serde_json::json;
use unicode_width::UnicodeWidthStr as _;

use crate::failure::Result;

/// For whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// For programs, with field names that stay
    Json,
}

/// Something to print: its fields for JSON, its cells for a table.
pub(crate) trait Record: Serialize {
    /// Column and content.
    fn cells(&self) -> Vec<(&'static str, String)>;
}

/// Prints in one format.
pub(crate) struct Output {
    format: Format,
}

impl Output {
    pub(crate) fn new(format: Format) -> Self {
        Self { format }
    }

    /// One record: an object, or a line for each field.
    pub(crate) fn record(&self, record: &impl Record) -> Result<()> {
        match self.format {
            Format::Json => line(&serde_json::to_string_pretty(record).map_err(io::Error::from)?),
            Format::Table => line(sheet(record).trim_end()),
        }
    }

    /// A record whose secret is shown this once. For people the secret alone is on standard output.
    pub(crate) fn secret(&self, record: &impl Record, name: &str, secret: &Secret) -> Result<()> {
        match self.format {
            Format::Json => {
                let mut object = serde_json::to_value(record).map_err(io::Error::from)?;
                object[name] = json!(secret.expose());
                line(&serde_json::to_string_pretty(&object).map_err(io::Error::from)?)
            }
            Format::Table => {
                eprintln!("{}", sheet(record).trim_end());
                eprintln!("{name}, shown only now:");
                line(secret.expose())
            }
        }
    }

    /// Variables: lines for a shell to evaluate, or an object.
    pub(crate) fn variables(&self, variables: &[(String, String)]) -> Result<()> {
        if self.format == Format::Json {
            let object: BTreeMap<_, _> = variables.iter().cloned().collect();
            return line(&serde_json::to_string_pretty(&object).map_err(io::Error::from)?);
        }
        variables.iter().try_for_each(|(name, value)| {
            line(&format!("export {name}='{}'", value.replace('\'', r"'\''")))
        })
    }

    /// Many records, page by page: an array, or a table.
    pub(crate) fn listing(&self) -> Listing {
        Listing { format: self.format, printed: RefCell::default() }
    }
}

/// Many records on their way out.
pub(crate) struct Listing {
    format: Format,
    printed: RefCell<Printed>,
}

#[derive(Default)]
struct Printed {
    rows: usize,
    /// Of the columns, as the first page needs them: what comes later may stick out.
    widths: Vec<usize>,
}

impl Listing {
    pub(crate) fn page<R: Record>(&self, records: &[R]) -> Result<()> {
        match self.format {
            Format::Json => records.iter().try_for_each(|record| self.element(record)),
            Format::Table => self.rows(records),
        }
    }

    pub(crate) fn end(self) -> Result<()> {
        match (self.format, self.printed.into_inner().rows) {
            (Format::Json, 0) => line("[]"),
            (Format::Json, _) => line("\n]"),
            (Format::Table, 0) => {
                eprintln!("none");
                Ok(())
            }
            (Format::Table, _) => Ok(()),
        }
    }

    fn element(&self, record: &impl Record) -> Result<()> {
        let mut printed = self.printed.borrow_mut();
        let before = if printed.rows == 0 { "[\n  " } else { ",\n  " };
        printed.rows += 1;
        let text = serde_json::to_string(record).map_err(io::Error::from)?;
        write!(io::stdout().lock(), "{before}{text}")?;
        Ok(())
    }

    fn rows<R: Record>(&self, records: &[R]) -> Result<()> {
        let mut printed = self.printed.borrow_mut();
        let rows: Vec<_> = records.iter().map(Record::cells).collect();
        let Some(first) = rows.first() else { return Ok(()) };
        if printed.rows == 0 {
            let width = |column: usize| {
                let cells = rows.iter().map(|row| row[column].1.width());
                cells.max().unwrap_or_default().max(first[column].0.width())
            };
            printed.widths = (0..first.len()).map(width).collect();
            line(&row(first.iter().map(|(name, _)| *name), &printed.widths))?;
        }
        printed.rows += rows.len();
        rows.iter().try_for_each(|cells| {
            line(&row(cells.iter().map(|(_, text)| text.as_str()), &printed.widths))
        })
    }
}

fn row<'c>(cells: impl Iterator<Item = &'c str>, widths: &[usize]) -> String {
    let padded = cells.zip(widths).map(|(text, width)| {
        let padding = width.saturating_sub(text.width());
        format!("{text}{}", " ".repeat(padding))
    });
    padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

fn sheet(record: &impl Record) -> String {
    let cells = record.cells();
    let width = cells.iter().map(|(name, _)| name.width()).max().unwrap_or_default();
    let lines =
        cells.iter().map(|(name, text)| format!("{name:width$}  {text}").trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

fn line(text: &str) -> Result<()> {
    writeln!(io::stdout().lock(), "{text}")?;
    Ok(())
}

/// A cell of something that may be missing.
pub(crate) fn some(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A cell of a yes or no.
pub(crate) fn yes_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_padded_by_what_a_terminal_shows() {
        let line = row(["José", "名前", "z"].into_iter(), &[6, 6, 9]);
        assert_eq!(line, "José    名前    z");
    }
}
