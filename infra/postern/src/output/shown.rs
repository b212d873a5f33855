//! Which cells of a record a table shows.

use clap::Args;

use super::Format;
use crate::failure::{Result, refused, usage};

type Cell = (&'static str, String);

/// What a table shows of its records.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Shown {
    /// Only these columns of tables, by their heads, e.g. `id,email`
    #[arg(long, global = true, value_name = "NAME,…", value_delimiter = ',')]
    columns: Vec<String>,

    /// Only the first column, without its head: the ids
    #[arg(long, short, global = true)]
    quiet: bool,
}

impl Shown {
    /// JSON has all fields, by names that are stable.
    pub(crate) fn check(&self, format: Format) -> Result<()> {
        if format == Format::Json && (self.quiet || !self.columns.is_empty()) {
            return usage("--columns and --quiet are for tables: JSON has all fields");
        }
        Ok(())
    }

    /// Whether all cells are shown.
    pub(super) fn is_all(&self) -> bool {
        !self.quiet && self.columns.is_empty()
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// The cells that are shown, in the order of `--columns`.
    pub(super) fn of(&self, cells: Vec<Cell>) -> Result<Vec<Cell>> {
        let mut shown = if self.columns.is_empty() { cells } else { self.named(&cells)? };
        if self.quiet {
            shown.truncate(1);
        }
        Ok(shown)
    }

    fn named(&self, cells: &[Cell]) -> Result<Vec<Cell>> {
        let mut named = Vec::new();
        for name in self.columns.iter().map(|name| name.trim()) {
            // A record may have a cell several times, e.g. a request each check that it passed.
            let before = named.len();
            named.extend(cells.iter().filter(|(head, _)| head.eq_ignore_ascii_case(name)).cloned());
            if named.len() == before {
                let heads: Vec<_> = cells.iter().map(|(head, _)| *head).collect();
                // Not a wrong usage: the command may have changed something before it prints.
                return refused(format!("no column {name:?}: there are {}", heads.join(", ")));
            }
        }
        Ok(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells() -> Vec<Cell> {
        vec![("id", "1".to_owned()), ("its name", "Jo".to_owned()), ("email", String::new())]
    }

    fn shown(columns: &[&str], quiet: bool) -> Result<Vec<&'static str>> {
        let columns = columns.iter().map(|&name| name.to_owned()).collect();
        let cells = Shown { columns, quiet }.of(cells())?;
        Ok(cells.into_iter().map(|(head, _)| head).collect())
    }

    #[test]
    fn columns_come_in_the_order_in_which_they_are_named() {
        assert_eq!(shown(&["Email", " id"], false).unwrap(), ["email", "id"]);
        assert_eq!(shown(&[], false).unwrap(), ["id", "its name", "email"]);
    }

    #[test]
    fn quiet_shows_the_first_column() {
        assert_eq!(shown(&[], true).unwrap(), ["id"]);
        assert_eq!(shown(&["its name", "id"], true).unwrap(), ["its name"]);
    }

    #[test]
    fn an_unknown_column_is_told_with_those_that_exist() {
        let error = shown(&["id", "name"], false).unwrap_err().to_string();
        assert_eq!(error, "no column \"name\": there are id, its name, email");
    }

    #[test]
    fn json_has_neither() {
        let quiet = Shown { columns: Vec::new(), quiet: true };
        assert!(quiet.check(Format::Json).is_err());
        assert!(quiet.check(Format::Table).is_ok());
        assert!(Shown::default().check(Format::Json).is_ok());
    }
}
