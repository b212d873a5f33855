//! Lists of records, printed page by page.

use std::cell::RefCell;
use std::io::{self, Write as _};

use unicode_width::UnicodeWidthStr as _;

use super::{Format, Output, Record, line, note, printable};
use crate::failure::Result;

/// A list of records that is being printed.
pub(crate) struct Listing {
    format: Format,
    printed: RefCell<Printed>,
}

#[derive(Default)]
struct Printed {
    rows: usize,
    /// The widths of the columns, from the first page. A later cell may be wider.
    widths: Vec<usize>,
}

impl Output {
    /// A list of records: a JSON array or a table.
    pub(crate) fn listing(&self) -> Listing {
        Listing { format: self.format, printed: RefCell::default() }
    }
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
            (Format::Json, 0) => Ok(line("[]")?),
            (Format::Json, _) => Ok(line("\n]")?),
            (Format::Table, 0) => {
                note("none");
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
        for cells in &rows {
            line(&row(cells.iter().map(|(_, text)| text.as_str()), &printed.widths))?;
        }
        Ok(())
    }
}

fn row<'c>(cells: impl Iterator<Item = &'c str>, widths: &[usize]) -> String {
    let padded = cells.zip(widths).map(|(text, width)| {
        let text = printable(text);
        let padding = width.saturating_sub(text.width());
        format!("{text}{}", " ".repeat(padding))
    });
    padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_padded_by_what_a_terminal_shows() {
        let line = row(["José", "名前", "z"].into_iter(), &[6, 6, 9]);
        assert_eq!(line, "José    名前    z");
    }

    #[test]
    fn a_cell_moves_no_cursor() {
        assert_eq!(row(["a\u{1b}[2Kb\nc"].into_iter(), &[0]), "a\u{fffd}[2Kb\u{fffd}c");
        // C0, DEL and C1, which has a CSI of its own, U+009B (ECMA-48 §5.3).
        for control in ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}') {
            let cell = format!("a{control}2Kb");
            assert_eq!(row([cell.as_str()].into_iter(), &[0]), "a\u{fffd}2Kb", "{control:?}");
        }
    }
}
