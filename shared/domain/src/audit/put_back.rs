//! Changes that bring back what an item was before. No write of ours makes them, so whom the old content names
//! didn't make them either: somebody put back a copy.

use super::kind::Kind;
use super::record::{Change, number, text};

/// Whether a change is one that brings back older content. It sees what a single record shows; an older copy of
/// an organization or a user has to be found by its author, who stands in the chain twice.
pub(super) fn is_put_back(kind: Kind, change: Change<'_>) -> bool {
    match kind {
        Kind::Code => is_old_code(change),
        Kind::Family => {
            // A rotation keeps the token that it replaced.
            let is_rotation = text(change.new, "prevHash") == text(change.old, "curHash");
            change.vanished("revokedAt") || (change.differs("curHash") && !is_rotation)
        }
        Kind::SsoToken => change.vanished("signedOutBy"),
        Kind::Organization | Kind::Realm => is_set_back(change, "validAfter"),
        Kind::User => is_set_back(change, "sessionsValidAfter") || is_set_back(change, "changedAt"),
        Kind::ApiKey
        | Kind::Partner
        | Kind::Client
        | Kind::PublishedKeys
        | Kind::Ring
        | Kind::Identifier
        | Kind::Pointer
        | Kind::Unknown => false,
    }
}

/// A code follows an older one, never ends twice, and loses attempts only one by one, or as it ends.
fn is_old_code(change: Change<'_>) -> bool {
    if change.differs("otpId") {
        return is_not_later(change, "issuedAt");
    }
    let lost = !change.elements_only_in(false, "attempts").is_empty();
    change.appeared("codeHash") || (lost && change.differs("by") && !change.vanished("codeHash"))
}

fn is_set_back(change: Change<'_>, name: &str) -> bool {
    change.differs(name) && is_not_later(change, name)
}

/// Whether an instant is there before and after, and not later after.
fn is_not_later(change: Change<'_>, name: &str) -> bool {
    let read = |image| number(image, name).and_then(|text| text.parse::<i64>().ok());
    read(change.old).zip(read(change.new)).is_some_and(|(old, new)| new <= old)
}
