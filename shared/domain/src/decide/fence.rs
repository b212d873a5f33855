//! Fences: of two for the same organization, the later one counts.

use super::Unresolved;
use crate::time::Timestamp;

/// The fence that counts, once a write of `ours` lost its condition or every answer to it was lost.
/// `stored` is the fence in the item.
pub fn fence(stored: Option<Timestamp>, ours: Timestamp) -> Result<Timestamp, Unresolved> {
    // The guard would pass on an earlier fence: a late copy of our write may still be applied.
    stored.filter(|stored| *stored >= ours).ok_or(Unresolved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_counts_if_it_is_ours_or_a_later_one() {
        let at = Timestamp::from_millis;
        assert_eq!(fence(Some(at(5)), at(5)), Ok(at(5)));
        assert_eq!(fence(Some(at(6)), at(5)), Ok(at(6)));
        assert_eq!(fence(Some(at(4)), at(5)), Err(Unresolved));
        assert_eq!(fence(None, at(5)), Err(Unresolved));
    }
}
