//! Records of past events. Only the invariants read them, not the protocol.

use crate::id::{CallId, Code, FamilyId, Seconds, Tally, Token};
use crate::invariant::Invariant;
use crate::shelf::Shelf;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Ledger {
    stored: Bits,
    superseded: Bits,
    newest: Option<Code>,
    spent: Bits,
    compares: Tally,
    revoked: Bits,
    broken: Bits,
    /// The calls that a counter allowed.
    pub(crate) admitted: Bits,
    resent: Bits,
    /// Applied rotations, by the token that was replaced.
    pub(crate) rotations: Shelf<Token, Rotated>,
    /// An operator got the answer that the user is disabled or erased.
    pub(crate) is_banned: bool,
    /// The latest bound that a sign-out everywhere set.
    pub(crate) bound: Option<Seconds>,
    /// How often an operator got the answer that every session ended.
    pub(crate) sign_outs: u8,
}

/// A rotation that was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Rotated {
    pub(crate) by: CallId,
    pub(crate) successor: Token,
    pub(crate) at: Seconds,
}

/// A set of small numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Bits(u16);

impl Bits {
    pub(crate) fn contains(self, place: u8) -> bool {
        self.0 & 1 << place != 0
    }

    pub(crate) fn insert(&mut self, place: u8) {
        self.0 |= 1 << place;
    }
}

impl Ledger {
    /// A code was put, which supersedes the code before it.
    pub(crate) fn store_code(&mut self, code: Code) {
        if let Some(newest) = self.newest.replace(code)
            && newest != code
        {
            self.superseded.insert(newest.0);
        }
        self.stored.insert(code.0);
    }

    /// A live code is sent again. Whether this call does it for the first time.
    pub(crate) fn resend(&mut self, call: CallId) -> bool {
        let is_first = !self.resent.contains(call.0);
        self.resent.insert(call.0);
        is_first
    }

    pub(crate) fn was_stored(&self, code: Code) -> bool {
        self.stored.contains(code.0)
    }

    pub(crate) fn is_superseded(&self, code: Code) -> bool {
        self.superseded.contains(code.0)
    }

    /// Whether this code replaced another one.
    pub(crate) fn has_replaced(&self, code: Code) -> bool {
        self.newest == Some(code) && self.superseded != Bits::default()
    }

    pub(crate) fn spend(&mut self, code: Code) {
        self.spent.insert(code.0);
    }

    pub(crate) fn is_spent(&self, code: Code) -> bool {
        self.spent.contains(code.0)
    }

    /// Counts a comparison with this code, and returns how many there were.
    pub(crate) fn compare(&mut self, code: Code) -> u32 {
        self.compares.increment(CallId(code.0));
        self.compares.of(CallId(code.0))
    }

    pub(crate) fn acknowledge_revocation(&mut self, family: FamilyId) {
        self.revoked.insert(family.0);
    }

    pub(crate) fn is_revocation_acknowledged(&self, family: FamilyId) -> bool {
        self.revoked.contains(family.0)
    }

    /// The rotation that made a token current.
    pub(crate) fn origin(&self, token: Token) -> Option<Rotated> {
        self.rotations.values().copied().find(|rotated| rotated.successor == token)
    }

    pub(crate) fn breaks(&mut self, invariant: Invariant) {
        self.broken.insert(invariant as u8);
    }

    pub(crate) fn is_broken(&self, invariant: Invariant) -> bool {
        self.broken.contains(invariant as u8)
    }
}
