//! Lists of records, printed page by page.

use std::cell::RefCell;
use std::io::{self, Write as _};

use console::Term;
use unicode_width::UnicodeWidthStr as _;

use super::terminal::{escaped, printable};
use super::{Format, Output, Record, Shown, line, note, sheet};
use crate::failure::Result;

/// A list of records that is being printed.
pub(crate) struct Listing {
    format: Format,
    shown: Shown,
    /// The width of the terminal; `None` if there is none.
    columns: Option<usize>,
    printed: RefCell<Printed>,
}

#[derive(Default)]
struct Printed {
    rows: usize,
    /// The widths of the columns, from the first page. A later cell may be wider.
    widths: Vec<usize>,
    /// Whether the table would be wider than the terminal, so that each record is a sheet.
    are_sheets: bool,
}

impl Output {
    /// A list of records: a JSON array or a table; sheets if the table doesn't fit the terminal.
    pub(crate) fn listing(&self) -> Listing {
        self.listing_of(&[])
    }

    /// The same, with columns of these widths at least: for records that are printed one at a time.
    pub(crate) fn listing_of(&self, widths: &[usize]) -> Listing {
        let columns = Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
        let widths = if self.shown.is_all() { widths.to_vec() } else { Vec::new() };
        let printed = Printed { widths, ..Printed::default() };
        let (format, shown) = (self.format, self.shown.clone());
        Listing { format, shown, columns, printed: RefCell::new(printed) }
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
            (Format::Table, 0) if !self.shown.is_quiet() => {
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
        let text = escaped(&serde_json::to_string(record).map_err(io::Error::from)?);
        write!(io::stdout().lock(), "{before}{text}")?;
        Ok(())
    }

    fn rows<R: Record>(&self, records: &[R]) -> Result<()> {
        let mut printed = self.printed.borrow_mut();
        let shown = records.iter().map(|record| self.shown.of(record.cells()));
        let rows: Vec<_> = shown.collect::<Result<_>>()?;
        let Some(first) = rows.first() else { return Ok(()) };
        if printed.rows == 0 {
            let width = |column: usize| {
                let cells = rows.iter().map(|row| printable(&row[column].1).width());
                let least = printed.widths.get(column).copied().unwrap_or_default();
                cells.max().unwrap_or_default().max(first[column].0.width()).max(least)
            };
            printed.widths = (0..first.len()).map(width).collect();
            let width = printed.widths.iter().map(|width| width + GAP.len()).sum::<usize>();
            let fits = |columns: usize| width <= columns + GAP.len();
            printed.are_sheets = !self.shown.is_quiet() && !self.columns.is_none_or(fits);
            if !printed.are_sheets && !self.shown.is_quiet() {
                line(&row(first.iter().map(|(name, _)| *name), &printed.widths))?;
            }
        }
        for cells in &rows {
            if printed.are_sheets {
                let before = if printed.rows == 0 { "" } else { "\n" };
                line(&format!("{before}{}", sheet(cells).join("\n")))?;
            } else {
                line(&row(cells.iter().map(|(_, text)| text.as_str()), &printed.widths))?;
            }
            printed.rows += 1;
        }
        Ok(())
    }
}

/// Between two columns.
const GAP: &str = "  ";

fn row<'c>(cells: impl Iterator<Item = &'c str>, widths: &[usize]) -> String {
    let padded = cells.zip(widths).map(|(text, width)| {
        let text = printable(text);
        let padding = width.saturating_sub(text.width());
        format!("{text}{}", " ".repeat(padding))
    });
    padded.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
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
    }
}
