//! Lists that are read page by page, in no order.

use clap::Args;
use registry::{Cursor, Page};

use crate::failure::Result;
use crate::output::{Output, Record};

/// Which records of a list are printed.
#[derive(Clone, Debug, Args)]
pub(crate) struct Selection {
    /// Only records with this text in a column, in any letter case
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,

    /// At most so many records; the rest of the table is not read
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
}

impl Selection {
    /// Prints the selected records of all pages.
    pub(crate) async fn print<T, R: Record>(
        &self,
        output: &Output,
        mut page: impl AsyncFnMut(Option<Cursor>) -> anyhow::Result<Page<T>>,
        view: impl Fn(T) -> R,
    ) -> Result<()> {
        let listing = output.listing();
        let mut left =
            self.limit.map_or(usize::MAX, |limit| limit.try_into().unwrap_or(usize::MAX));
        let mut from = None;
        loop {
            let Page { items, next } = page(from).await?;
            let selected = items.into_iter().map(&view).filter(|record| self.selects(record));
            let selected: Vec<_> = selected.take(left).collect();
            listing.page(&selected)?;
            left -= selected.len();
            from = next;
            if from.is_none() || left == 0 {
                return listing.end();
            }
        }
    }

    fn selects(&self, record: &impl Record) -> bool {
        let Some(text) = self.filter.as_deref().map(str::to_lowercase) else { return true };
        record.cells().iter().any(|(_, cell)| cell.to_lowercase().contains(&text))
    }
}
