//! Marking an organization as integrated. Exactly one call per connection does it.

use super::Unresolved;
use crate::id::{ConnectionId, IntegrationId};

/// The outcome of marking an organization as integrated.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integration {
    /// Our call set the mark, so our call counts the integration.
    Marked,
    /// Another call set the mark before.
    AlreadyMarked,
    /// The organization has another connection by now, or no connection.
    Disconnected,
}

/// Decides about the mark from the organization's item: its connection, and the call that marked it.
/// DynamoDB returned the item with the failed guard, or a strong read found it.
pub fn integration(
    found: Option<(&ConnectionId, Option<&IntegrationId>)>,
    connection: &ConnectionId,
    ours: &IntegrationId,
) -> Result<Integration, Unresolved> {
    match found {
        Some((stored, marked_by)) if stored == connection => match marked_by {
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
    fn a_mark_belongs_to_the_call_that_the_item_names() {
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
