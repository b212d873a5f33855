//! Access tokens of the identity provider, and what ending one meant.

use super::Unresolved;
use crate::id::{Nonce, NumericId};
use crate::time::Timestamp;

/// What is stored about one token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// It was given out.
    Issued {
        /// To whom.
        user: NumericId,
        /// When.
        issued_at: Timestamp,
        /// From when on it is refused.
        expires_at: Timestamp,
    },
    /// It was ended. The tombstone keeps a late copy of the sign-in from bringing the token back, and
    /// a sign-out whose answer was lost recognises itself in it.
    SignedOut {
        /// By which sign-out.
        by: Nonce,
    },
}

/// What became of a sign-out.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOut {
    /// The token works nowhere any more.
    SignedOut,
    /// There is no such token, or none that is live, or it is another user's.
    NotTheirs,
}

/// What became of the sign-out `nonce` of a user's token, given the item that was found.
pub fn sign_out(
    found: Option<&Grant>,
    nonce: &Nonce,
    signing_out: NumericId,
    now: Timestamp,
) -> Result<SignOut, Unresolved> {
    match found {
        Some(Grant::SignedOut { by }) if by == nonce => Ok(SignOut::SignedOut),
        Some(Grant::Issued { user, expires_at, .. })
            if *user == signing_out && now < *expires_at =>
        {
            Err(Unresolved)
        }
        Some(Grant::SignedOut { .. } | Grant::Issued { .. }) | None => Ok(SignOut::NotTheirs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_out_recognises_itself_and_nobody_else() {
        let (own, other) = (Nonce::stored("own"), Nonce::stored("other"));
        let [user, stranger] = ["6", "7"].map(|id| NumericId::parse(id).unwrap());
        let at = Timestamp::from_seconds;
        let issued = Grant::Issued { user, issued_at: at(0), expires_at: at(10) };
        let ended = |by: &Nonce| Grant::SignedOut { by: by.clone() };
        let by_user = |found: Option<&Grant>, now| sign_out(found, &own, user, at(now));
        assert_eq!(by_user(Some(&ended(&own)), 5), Ok(SignOut::SignedOut));
        assert_eq!(by_user(Some(&ended(&other)), 5), Ok(SignOut::NotTheirs));
        assert_eq!(by_user(Some(&issued), 9), Err(Unresolved));
        assert_eq!(by_user(Some(&issued), 10), Ok(SignOut::NotTheirs), "over anyway");
        assert_eq!(by_user(None, 5), Ok(SignOut::NotTheirs));
        assert_eq!(sign_out(Some(&issued), &own, stranger, at(5)), Ok(SignOut::NotTheirs));
    }
}
