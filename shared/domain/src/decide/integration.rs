//! Marking an organization as integrated: once per connection, by exactly one call.

use super::Unresolved;
use crate::id::{ConnectionId, IntegrationId};

/// What became of marking.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integration {
    /// The mark is ours: whatever is to happen once, happens now.
    Marked,
    /// Another call had marked it before.
    AlreadyMarked,
    /// The organization has another connection now, or none.
    Disconnected,
}

/// Reads the item that the guard was lost to, or, when every answer was lost, a strong read: the
/// connection that it holds, and who marked it.
pub fn integration(
    found: Option<(&ConnectionId, Option<&IntegrationId>)>,
    connection: &ConnectionId,
    ours: &IntegrationId,
) -> Result<Integration, Unresolved> {
    match found {
        Some((held, marked_by)) if held == connection => match marked_by {
            Some(by) if by == ours => Ok(Integration::Marked),
            Some(_) => Ok(Integration::AlreadyMarked),
            None => Err(Unresolved),
        },
        Some(_) | None => Ok(Integration::Disconnected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_belongs_to_whoever_the_item_names() {
        let connection = ConnectionId::stored("c");
        let (ours, theirs) = (IntegrationId::stored("ours"), IntegrationId::stored("theirs"));
        let decide = |found| integration(found, &connection, &ours);
        assert_eq!(decide(Some((&connection, Some(&ours)))), Ok(Integration::Marked));
        assert_eq!(decide(Some((&connection, Some(&theirs)))), Ok(Integration::AlreadyMarked));
        assert_eq!(decide(Some((&connection, None))), Err(Unresolved));
        let other = ConnectionId::stored("other");
        assert_eq!(decide(Some((&other, Some(&ours)))), Ok(Integration::Disconnected));
        assert_eq!(decide(None), Ok(Integration::Disconnected));
    }
}
