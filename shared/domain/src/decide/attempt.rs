//! Counting attempts: a set of nonces per window, so that a retry counts once.

use std::collections::BTreeSet;

use crate::id::Nonce;

/// Whether one more attempt fits into the window.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Counted.
    Admitted,
    /// The window is full; nothing was counted.
    OverLimit,
    /// Not counted yet, but a late copy of the write may still count it.
    Unresolved,
}

/// What became of counting `nonce`, given the nonces that a strong read found.
pub fn admission(seen: &BTreeSet<Nonce>, nonce: &Nonce, limit: u32) -> Admission {
    if seen.contains(nonce) {
        Admission::Admitted
    } else if u32::try_from(seen.len()).unwrap_or(u32::MAX) >= limit {
        Admission::OverLimit
    } else {
        Admission::Unresolved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_attempt_is_admitted_even_when_the_window_is_full() {
        let seen: BTreeSet<Nonce> = ["a", "b"].into_iter().map(Nonce::stored).collect();
        assert_eq!(admission(&seen, &Nonce::stored("b"), 2), Admission::Admitted);
        assert_eq!(admission(&seen, &Nonce::stored("c"), 2), Admission::OverLimit);
        assert_eq!(admission(&seen, &Nonce::stored("c"), 3), Admission::Unresolved);
    }
}
