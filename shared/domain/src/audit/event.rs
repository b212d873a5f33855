//! Changes in the field's words. The table in docs/audit.md has all of them.

use super::attribution::{author, request_of};
use super::kind::Kind;
use super::record::{Change, flag, text};
use crate::author::Author;
use crate::delivery::State;

/// What a change was.
pub(super) fn event(kind: Kind, change: Change<'_>) -> &'static str {
    match (change.old.is_some(), change.new.is_some()) {
        (false, _) => creation(kind, change),
        (true, false) => deletion(kind),
        (true, true) if change.appeared("deletedBy") => mark(kind),
        // A tombstone takes the item's place; something new takes the tombstone's.
        (true, true) if change.appeared("erasedAt") => deletion(kind),
        (true, true) if change.vanished("erasedAt") => creation(kind, change),
        (true, true) => modification(kind, change),
    }
}

fn creation(kind: Kind, change: Change<'_>) -> &'static str {
    match kind {
        Kind::Organization => "organization.created",
        Kind::ApiKey => "api-key.created",
        Kind::Partner => "partner.created",
        Kind::Client => "client.created",
        Kind::Realm => "realm.fenced",
        Kind::PublishedKeys => "keys.published",
        Kind::Ring => "ring.pinned",
        Kind::User if flag(change.new, "closed") => "user.closed",
        Kind::User => "user.created",
        Kind::Identifier => "identifier.reserved",
        Kind::Code => "code.issued",
        Kind::Family => "session.started",
        Kind::Pointer => "pointer.created",
        Kind::SsoToken => "token.issued",
        Kind::Unknown => "item.created",
    }
}

/// Expiries are not among the changes: the event sources leave them out.
fn deletion(kind: Kind) -> &'static str {
    match kind {
        Kind::Organization => "organization.deleted",
        Kind::ApiKey => "api-key.deleted",
        Kind::Partner => "partner.deleted",
        Kind::Client => "client.deleted",
        Kind::Realm => "realm.deleted",
        Kind::PublishedKeys => "keys.deleted",
        Kind::Ring => "ring.deleted",
        Kind::User => "user.deleted",
        Kind::Identifier => "identifier.released",
        Kind::Code => "code.deleted",
        Kind::Family => "session.deleted",
        Kind::Pointer => "pointer.dropped",
        Kind::SsoToken => "token.deleted",
        Kind::Unknown => "item.deleted",
    }
}

/// What an operator's command does before it deletes an item: the deletion itself can name nobody.
const fn mark(kind: Kind) -> &'static str {
    match kind {
        Kind::ApiKey => "api-key.deleting",
        Kind::Identifier => "identifier.releasing",
        _ => "item.deleting",
    }
}

fn modification(kind: Kind, change: Change<'_>) -> &'static str {
    match kind {
        Kind::Organization => organization(change),
        Kind::ApiKey => "api-key.updated",
        Kind::Partner => {
            switched(change).unwrap_or("partner.updated", "partner.disabled", "partner.enabled")
        }
        Kind::Client => {
            switched(change).unwrap_or("client.updated", "client.disabled", "client.enabled")
        }
        Kind::Realm => "realm.fenced",
        Kind::PublishedKeys => keys(change),
        Kind::Ring => "ring.updated",
        Kind::User => user(change),
        Kind::Identifier => "identifier.transferred",
        Kind::Code => code(change),
        Kind::Family => session(change),
        Kind::Pointer => "pointer.updated",
        Kind::SsoToken if change.appeared("signedOutBy") => "token.ended",
        Kind::SsoToken => "token.updated",
        Kind::Unknown => "item.updated",
    }
}

/// What became of a switch.
enum Switched {
    Off,
    On,
    Not,
}

impl Switched {
    fn unwrap_or(self, not: &'static str, off: &'static str, on: &'static str) -> &'static str {
        match self {
            Self::Off => off,
            Self::On => on,
            Self::Not => not,
        }
    }
}

fn switched(change: Change<'_>) -> Switched {
    match (flag(change.old, "disabled"), flag(change.new, "disabled")) {
        (false, true) => Switched::Off,
        (true, false) => Switched::On,
        _ => Switched::Not,
    }
}

fn organization(change: Change<'_>) -> &'static str {
    let other = if change.appeared("integratedAt") {
        "organization.integrated"
    } else if change.vanished("connectionId") {
        "organization.disconnected"
    } else if change.differs("connectionId") {
        "organization.connected"
    } else if change.differs("validAfter") {
        "organization.fenced"
    } else if change.differs("apiKeys") {
        "organization.api-keys-changed"
    } else {
        "organization.updated"
    };
    if change.appeared("deleting") {
        return "organization.deleting";
    }
    switched(change).unwrap_or(other, "organization.disabled", "organization.enabled")
}

fn keys(change: Change<'_>) -> &'static str {
    let is_key = |name: &&str| !["by", "deletedBy"].contains(name);
    let names: Vec<&str> = change.names().into_iter().filter(is_key).collect();
    if names.iter().any(|name| change.appeared(name)) {
        "keys.published"
    } else if names.iter().any(|name| change.vanished(name)) {
        "keys.removed"
    } else {
        "keys.retired"
    }
}

fn user(change: Change<'_>) -> &'static str {
    let active = |image| flag(image, "isActive");
    if change.appeared("deletedAt") {
        return "user.deleted";
    }
    if change.differs("isActive") {
        return if active(change.new) { "user.enabled" } else { "user.disabled" };
    }
    let mut names = change.names();
    for name in ["by", "changedAt"] {
        names.remove(name);
    }
    let other = match names.iter().copied().collect::<Vec<_>>()[..] {
        ["lastLogin"] => "user.signed-in",
        ["passwordHash"] => "user.password-rehashed",
        ["revision"] => "user.revised",
        ["identities", "revision"] if change.vanished("identities") => "user.forgotten",
        ["sessionsValidAfter"] => "user.signed-out",
        _ if change.appeared("closed") => "user.closed",
        _ => "user.updated",
    };
    switched(change).unwrap_or(other, "user.disabled", "user.enabled")
}

fn code(change: Change<'_>) -> &'static str {
    if text(change.old, "otpId") != text(change.new, "otpId") {
        return "code.issued";
    }
    if change.vanished("codeHash") {
        return if is_redemption(change) { "code.redeemed" } else { "code.withdrawn" };
    }
    if change.differs("sendId") {
        return "code.resent";
    }
    if !change.elements_only_in(true, "attempts").is_empty() {
        return "code.attempted";
    }
    if !change.elements_only_in(false, "attempts").is_empty() {
        return "code.attempt-returned";
    }
    if change.differs("deliveryOf") || change.differs("deliveryAt") {
        let is_sent = text(change.new, "delivery") == Some(State::Accepted.as_str());
        return if is_sent { "code.sent" } else { "code.not-sent" };
    }
    "code.updated"
}

/// Whether the code ended because it was right. The request that uses a code has counted an attempt at it
/// before; one that withdraws it under the user's other identities, or for an operator, hasn't.
fn is_redemption(change: Change<'_>) -> bool {
    let attempts = change.elements_only_in(false, "attempts");
    match author(Kind::Code, change) {
        Some(Author::Function { request_id, .. }) => {
            attempts.iter().any(|nonce| request_of(nonce).as_ref() == Some(&request_id))
        }
        Some(Author::Operator { .. }) => false,
        None => !attempts.is_empty(),
    }
}

fn session(change: Change<'_>) -> &'static str {
    if change.appeared("revokedAt") {
        "session.revoked"
    } else if change.differs("curHash") {
        "session.rotated"
    } else {
        "session.updated"
    }
}
