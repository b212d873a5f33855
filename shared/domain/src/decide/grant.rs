//! Access tokens of the identity provider, and the outcome of a sign-out.

use super::Unresolved;
use crate::fence;
use crate::id::{Nonce, NumericId};
use crate::time::Timestamp;

/// The stored state of one token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// The token was issued.
    Issued {
        /// The user who signed in.
        user: NumericId,
        /// When the token was issued.
        issued_at: Timestamp,
        /// First instant at which the token is refused.
        expires_at: Timestamp,
    },
    /// A sign-out ended the token. Because of this tombstone, a late copy of the sign-in can't put the
    /// token back, and a sign-out whose answer was lost recognises itself.
    SignedOut {
        /// The sign-out that ended the token.
        by: Nonce,
    },
}

/// The outcome of a sign-out.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOut {
    /// The token is refused everywhere from now on.
    SignedOut,
    /// The user has no such live token.
    NotFound,
}

/// Decides about the sign-out `nonce` from the token's item. `valid_after` is the realm's fence.
pub fn sign_out(
    found: Option<&Grant>,
    nonce: &Nonce,
    signing_out: NumericId,
    valid_after: Option<Timestamp>,
    now: Timestamp,
) -> Result<SignOut, Unresolved> {
    match found {
        Some(Grant::SignedOut { by }) if by == nonce => Ok(SignOut::SignedOut),
        Some(Grant::Issued { user, issued_at, expires_at })
            if *user == signing_out
                && now < *expires_at
                && fence::admits(valid_after, *issued_at) =>
        {
            Err(Unresolved)
        }
        Some(Grant::SignedOut { .. } | Grant::Issued { .. }) | None => Ok(SignOut::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_out_recognises_only_itself() {
        let (own, other) = (Nonce::stored("own"), Nonce::stored("other"));
        let [user, stranger] = ["6", "7"].map(|id| NumericId::parse(id).unwrap());
        let at = Timestamp::from_seconds;
        let issued = Grant::Issued { user, issued_at: at(0), expires_at: at(10) };
        let ended = |by: &Nonce| Grant::SignedOut { by: by.clone() };
        let by_user = |found: Option<&Grant>, now| sign_out(found, &own, user, None, at(now));
        assert_eq!(by_user(Some(&ended(&own)), 5), Ok(SignOut::SignedOut));
        assert_eq!(by_user(Some(&ended(&other)), 5), Ok(SignOut::NotFound));
        assert_eq!(by_user(Some(&issued), 9), Err(Unresolved));
        assert_eq!(by_user(Some(&issued), 10), Ok(SignOut::NotFound), "the grant has expired");
        assert_eq!(by_user(None, 5), Ok(SignOut::NotFound));
        assert_eq!(sign_out(Some(&issued), &own, stranger, None, at(5)), Ok(SignOut::NotFound));
        let fenced = |bound| sign_out(Some(&issued), &own, user, Some(at(bound)), at(5));
        assert_eq!(fenced(0), Ok(SignOut::NotFound), "issued at the fence");
        assert_eq!(fenced(-1), Err(Unresolved));
    }
}
