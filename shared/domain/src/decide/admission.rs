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
}
