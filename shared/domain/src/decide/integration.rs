//! Marking an organization as integrated: once per connection, by exactly one call.

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
    /// Not marked yet, but a late copy of the write may still do it.
    Unresolved,
}

/// Reads the item that the guard was lost to, or, when every answer was lost, a strong read: the
/// connection that it holds, and who marked it.
pub fn integration(
    found: Option<(&ConnectionId, Option<&IntegrationId>)>,
    connection: &ConnectionId,
    ours: &IntegrationId,
) -> Integration {
    match found {
        Some((held, marked_by)) if held == connection => match marked_by {
            Some(by) if by == ours => Integration::Marked,
            Some(_) => Integration::AlreadyMarked,
            None => Integration::Unresolved,
        },
        _ => Integration::Disconnected,
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
        assert_eq!(decide(Some((&connection, Some(&ours)))), Integration::Marked);
        assert_eq!(decide(Some((&connection, Some(&theirs)))), Integration::AlreadyMarked);
        assert_eq!(decide(Some((&connection, None))), Integration::Unresolved);
        let other = ConnectionId::stored("other");
        assert_eq!(decide(Some((&other, Some(&ours)))), Integration::Disconnected);
        assert_eq!(decide(None), Integration::Disconnected);
    }
}
