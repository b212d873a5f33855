//! Who made a change: what the write itself names.

use super::image::Image;
use super::kind::Kind;
use super::record::{Change, text};

/// The function whose attempts at codes have its request in their nonces.
const VERIFIER: &str = "portal-verify-otp";

/// An author of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// A function, in an invocation.
    Function { name: String, request_id: String },
    /// An operator by ARN.
    Operator { arn: String, reason: Option<String> },
    /// The write names nobody: a hand in the console, or a program other than Postern.
    Unknown,
}

impl By {
    /// The author of a change.
    ///
    /// `by` counts only where it differs from the image before: somebody who changes an item by hand
    /// leaves the old one in place. A write that may be applied twice doesn't set `by`; what it sets
    /// instead names its request.
    pub(super) fn of(kind: Kind, change: Change<'_>) -> Self {
        if change.new.is_none() {
            return Self::of_deletion(kind, change.old);
        }
        for name in ["by", "revokedBy"] {
            if change.differs(name)
                && let Some(by) = Self::parse(text(change.new, name))
            {
                return by;
            }
        }
        let counted = change.elements_only_in(true, "attempts");
        let given_back = change.elements_only_in(false, "attempts");
        match (kind, &counted[..], &given_back[..]) {
            (Kind::Code, [nonce], []) | (Kind::Code, [], [nonce]) => Self::of_attempt(nonce),
            _ => Self::Unknown,
        }
    }

    /// An operator's deletion follows an update that names its author. A function deletes only the
    /// pointer that it put in the same request.
    fn of_deletion(kind: Kind, old: Option<&Image>) -> Self {
        let named = Self::parse(text(old, "deletedBy"));
        let own = || Self::parse(text(old, "by")).filter(|_| kind == Kind::Pointer);
        named.or_else(own).unwrap_or(Self::Unknown)
    }

    fn of_attempt(nonce: &str) -> Self {
        match request_of(nonce) {
            Some(request_id) => {
                Self::Function { name: VERIFIER.to_owned(), request_id: request_id.to_owned() }
            }
            None => Self::Unknown,
        }
    }

    fn parse(author: Option<&str>) -> Option<Self> {
        let author = author.filter(|author| author.len() <= 1024)?;
        let (first, rest) = author.split_once(' ')?;
        if first == "operator" {
            let (_nonce, rest) = rest.split_once(' ')?;
            let (arn, reason) = match rest.split_once(' ') {
                Some((arn, reason)) => (arn, Some(reason.to_owned())),
                None => (rest, None),
            };
            return Some(Self::Operator { arn: arn.to_owned(), reason });
        }
        // The second write of a call has its number behind the request.
        let request_id = rest.split_once(' ').map_or(rest, |(request_id, _)| request_id);
        let is_word = |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-=_".contains(&byte))
        };
        let is_author = !request_id.is_empty() && is_word(first) && is_word(request_id);
        is_author
            .then(|| Self::Function { name: first.to_owned(), request_id: request_id.to_owned() })
    }
}

/// The request in an attempt's nonce.
pub(super) fn request_of(nonce: &str) -> Option<&str> {
    nonce.split_once('.').map(|(_, request_id)| request_id).filter(|id| !id.is_empty())
}
