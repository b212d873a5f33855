//! Who made a change: what the write itself names.

use super::image::Image;
use super::kind::Kind;
use super::put_back::is_put_back;
use super::record::{Change, text};
use crate::author::{Author, FunctionName};
use crate::id::Nonce;
use crate::request_id::RequestId;

/// The function whose attempts at codes have its request in their nonces.
const VERIFIER: &str = "portal-verify-otp";
/// The function that takes back the pointer of a token that never became current.
const REFRESHER: &str = "portal-refresh-token";
/// The functions whose writes stand in the trail. Another name was written by hand.
const WRITERS: [&str; 9] = [
    VERIFIER,
    REFRESHER,
    "portal-send-otp",
    "portal-deliver-otp",
    "portal-logout",
    "partner-validate",
    "password-login",
    "sso-signin",
    "sso-signout",
];

/// The author of a change. `None` if the write names nobody: a hand in the console, or a program other
/// than Postern.
///
/// `by` counts only where it differs from the image before: somebody who changes an item by hand leaves
/// the old one in place; and not where the change brings back what the item was before. A write that may be applied twice doesn't set `by`; what it sets instead names
/// its request.
pub(super) fn author(kind: Kind, change: Change<'_>) -> Option<Author> {
    if change.new.is_none() {
        return of_deletion(kind, change.old);
    }
    if change.old.is_some() && is_put_back(kind, change) {
        return None;
    }
    let named = ["by", "revokedBy"].into_iter().filter(|name| change.differs(name));
    if let Some(author) = named.into_iter().find_map(|name| read(change.new, name)) {
        return Some(author);
    }
    let counted = change.elements_only_in(true, "attempts");
    let given_back = change.elements_only_in(false, "attempts");
    if change.names().into_iter().ne(["attempts"]) {
        return None;
    }
    match (kind, &counted[..], &given_back[..]) {
        (Kind::Code, [nonce], []) | (Kind::Code, [], [nonce]) => {
            let name = FunctionName::parse(VERIFIER).ok()?;
            Some(Author::Function { name, request_id: request_of(nonce)?, write: 1 })
        }
        _ => None,
    }
}

/// An operator's deletion follows an update that names its author. A function deletes only the pointer
/// that it put in the same request.
fn of_deletion(kind: Kind, old: Option<&Image>) -> Option<Author> {
    let is_own = |author: &Author| {
        kind == Kind::Pointer
            && matches!(author, Author::Function { name, .. } if name.as_str() == REFRESHER)
    };
    let own = || read(old, "by").filter(is_own);
    read(old, "deletedBy").or_else(own)
}

fn read(image: Option<&Image>, name: &str) -> Option<Author> {
    let author = Author::parse(text(image, name)?).ok()?;
    match &author {
        Author::Function { name, .. } if !WRITERS.contains(&name.as_str()) => None,
        _ => Some(author),
    }
}

/// The request in an attempt's nonce.
pub(super) fn request_of(nonce: &str) -> Option<RequestId> {
    Nonce::stored(nonce).request_id()
}
