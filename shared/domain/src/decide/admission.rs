//! Counting attempts: a set of nonces per window, so that a retry counts once.

use std::collections::BTreeSet;

use super::Unresolved;
use crate::id::Nonce;

/// Whether one more attempt fits into the window.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Counted.
    Admitted,
    /// The window is full; nothing was counted.
    OverLimit,
}

/// Decides whether our nonce was counted. `seen` are the nonces in the item: DynamoDB returned it with
/// the failed guard, or a strong read found it after every answer was lost.
pub fn admission(
    seen: &BTreeSet<Nonce>,
    nonce: &Nonce,
    limit: u32,
) -> Result<Admission, Unresolved> {
    if seen.contains(nonce) {
        Ok(Admission::Admitted)
    } else if u32::try_from(seen.len()).unwrap_or(u32::MAX) >= limit {
        Ok(Admission::OverLimit)
    } else {
        Err(Unresolved)
    }
}

/// The outcome of clearing a counter.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clearing {
    /// None of the attempts that were read is counted any more.
    Cleared,
    /// The counter changed since it was read, or the write was not applied yet. Read and clear again.
    Changed,
}

/// Decides about a clearing from the nonces that are counted now, and those that were read before it.
pub fn clearing(seen: &BTreeSet<Nonce>, read: &BTreeSet<Nonce>) -> Clearing {
    if seen.is_disjoint(read) { Clearing::Cleared } else { Clearing::Changed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_attempt_is_admitted_even_when_the_window_is_full() {
        let seen: BTreeSet<Nonce> = ["a", "b"].into_iter().map(Nonce::stored).collect();
        assert_eq!(admission(&seen, &Nonce::stored("b"), 2), Ok(Admission::Admitted));
        assert_eq!(admission(&seen, &Nonce::stored("c"), 2), Ok(Admission::OverLimit));
        assert_eq!(admission(&seen, &Nonce::stored("c"), 3), Err(Unresolved));
    }

    #[test]
    fn a_counter_is_cleared_once_nothing_that_was_read_is_in_it() {
        let set = |nonces: &[&str]| nonces.iter().map(|nonce| Nonce::stored(*nonce)).collect();
        let read = set(&["a", "b"]);
        assert_eq!(clearing(&set(&[]), &read), Clearing::Cleared);
        assert_eq!(clearing(&set(&["c"]), &read), Clearing::Cleared);
        assert_eq!(clearing(&set(&["a", "b"]), &read), Clearing::Changed);
        assert_eq!(clearing(&set(&["b", "c"]), &read), Clearing::Changed);
    }
}
