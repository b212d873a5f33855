//! The order of rows. Rows are handled side by side, but those that share an identifier in the order of
//! the file: of two rows with one address, the first wins.

use std::collections::{BTreeSet, HashMap, VecDeque};

/// The rows that are waiting or being handled.
pub(super) struct Order<T> {
    /// Of each identifier, the lines that have it. The first one may be handled.
    lines: HashMap<String, VecDeque<u64>>,
    rows: HashMap<u64, Waiting<T>>,
    unfinished: BTreeSet<u64>,
    /// The last line that was added.
    last: u64,
}

struct Waiting<T> {
    /// `None` while the row is being handled.
    row: Option<T>,
    identifiers: BTreeSet<String>,
    /// How many of its identifiers an earlier line has.
    blocked: usize,
}

impl<T> Default for Order<T> {
    fn default() -> Self {
        Self { lines: HashMap::new(), rows: HashMap::new(), unfinished: BTreeSet::new(), last: 0 }
    }
}

impl<T> Order<T> {
    /// How many rows are waiting or being handled.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The last line up to which everything is done.
    pub(super) fn done_up_to(&self) -> u64 {
        self.unfinished.first().map_or(self.last, |line| line - 1)
    }

    /// Adds the row of a line, which is later than all before. Returns it if it may be handled now.
    pub(super) fn add(&mut self, line: u64, identifiers: BTreeSet<String>, row: T) -> Option<T> {
        let mut blocked = 0;
        for identifier in &identifiers {
            let lines = self.lines.entry(identifier.clone()).or_default();
            blocked += usize::from(!lines.is_empty());
            lines.push_back(line);
        }
        let (now, later) = if blocked == 0 { (Some(row), None) } else { (None, Some(row)) };
        self.rows.insert(line, Waiting { row: later, identifiers, blocked });
        self.unfinished.insert(line);
        self.last = line;
        now
    }

    /// Takes out the row of a line that was handled. Returns the lines and rows that waited only for it.
    pub(super) fn done(&mut self, line: u64) -> Vec<(u64, T)> {
        self.unfinished.remove(&line);
        let Some(done) = self.rows.remove(&line) else { return Vec::new() };
        let mut free = Vec::new();
        for identifier in done.identifiers {
            let Some(lines) = self.lines.get_mut(&identifier) else { continue };
            lines.pop_front();
            let Some(next) = lines.front().copied() else {
                self.lines.remove(&identifier);
                continue;
            };
            let Some(waiting) = self.rows.get_mut(&next) else { continue };
            waiting.blocked -= 1;
            if waiting.blocked == 0 {
                free.extend(waiting.row.take().map(|row| (next, row)));
            }
        }
        free
    }

    /// Gives the waiting rows up, which are not done then.
    pub(super) fn give_up(&mut self) {
        self.rows.retain(|_, waiting| waiting.row.is_none());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(identifiers: &[&str]) -> BTreeSet<String> {
        identifiers.iter().map(|&identifier| identifier.to_owned()).collect()
    }

    #[test]
    fn a_row_waits_for_every_earlier_row_that_shares_an_identifier() {
        let mut order = Order::default();
        assert_eq!(order.add(2, of(&["a"]), "2"), Some("2"));
        assert_eq!(order.add(3, of(&["a", "p"]), "3"), None);
        assert_eq!(order.add(4, of(&["u", "p"]), "4"), None);
        assert_eq!(order.add(5, of(&["u"]), "5"), None);
        assert_eq!(order.add(6, of(&["b"]), "6"), Some("6"));
        assert_eq!(order.done_up_to(), 1);
        assert_eq!(order.done(6), []);
        assert_eq!(order.done_up_to(), 1, "line 2 is still being handled");
        assert_eq!(order.done(2), [(3, "3")]);
        assert_eq!(order.done_up_to(), 2);
        assert_eq!(order.done(3), [(4, "4")]);
        assert_eq!(order.done(4), [(5, "5")]);
        assert_eq!(order.done(5), []);
        assert_eq!((order.done_up_to(), order.len(), order.lines.len()), (6, 0, 0));
    }

    #[test]
    fn a_row_that_shares_two_identifiers_with_one_row_waits_for_it_once() {
        let mut order = Order::default();
        assert!(order.add(1, of(&["a", "p"]), 1).is_some());
        assert!(order.add(2, of(&["a", "p"]), 2).is_none());
        assert_eq!(order.done(1), [(2, 2)]);
    }

    #[test]
    fn what_is_given_up_is_not_done() {
        let mut order = Order::default();
        assert!(order.add(1, of(&["a"]), 1).is_some());
        assert!(order.add(2, of(&["a"]), 2).is_none());
        order.give_up();
        assert_eq!(order.done(1), []);
        assert_eq!((order.done_up_to(), order.len()), (1, 0));
    }
}
