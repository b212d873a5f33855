//! Records of past events. Only the invariants read them, not the protocol.

use crate::id::{CallId, Code, FamilyId, KeyName, Seconds, Tally, Token};
use crate::invariant::Invariant;
use crate::shelf::Shelf;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Ledger {
    stored: Bits,
    superseded: Bits,
    newest: [Option<Code>; 2],
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
    /// The newest delivery with an idempotency key, of each identity, unless a code was put without one
    /// since: the key, the call and its time.
    pub(crate) keyed: [Option<(KeyName, CallId, Seconds)>; 2],
    /// The key of a family's newest rotation with one.
    pub(crate) last_keys: Shelf<FamilyId, KeyName>,
    /// The calls whose wrong guesses were compared.
    pub(crate) wrong: Bits,
    /// When, in true time, the newest fence was stored, and the one that an instance may still know.
    pub(crate) fenced_at: Option<(Seconds, Option<Seconds>)>,
    /// The bound of the fence that an operator got the answer to.
    pub(crate) fence: Option<Seconds>,
    /// The codes that were stored until then.
    fenced_codes: Bits,
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
pub(crate) struct Bits(u32);

impl Bits {
    pub(crate) fn contains(self, place: u8) -> bool {
        self.0 & 1 << place != 0
    }

    pub(crate) fn insert(&mut self, place: u8) {
        self.0 |= 1 << place;
    }

    pub(crate) fn remove(&mut self, place: u8) {
        self.0 &= !(1 << place);
    }

    pub(crate) fn count(self) -> u32 {
        self.0.count_ones()
    }
}

impl Ledger {
    /// A code of an identity was put, which supersedes the code before it.
    pub(crate) fn store_code(&mut self, code: Code, is_second: bool) {
        if let Some(newest) = self.newest[usize::from(is_second)].replace(code)
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
        self.newest.contains(&Some(code)) && self.superseded != Bits::default()
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

    /// A comparison with this code doesn't count.
    pub(crate) fn forget_compare(&mut self, code: Code) {
        self.compares.decrement(CallId(code.0));
    }

    pub(crate) fn acknowledge_revocation(&mut self, family: FamilyId) {
        self.revoked.insert(family.0);
    }

    pub(crate) fn is_revocation_acknowledged(&self, family: FamilyId) -> bool {
        self.revoked.contains(family.0)
    }

    /// An operator got the answer that the fence is stored.
    pub(crate) fn acknowledge_fence(&mut self, bound: Seconds) {
        self.fence = self.fence.max(Some(bound));
        self.fenced_codes = self.stored;
    }

    /// Whether the code was stored before the fence was acknowledged.
    pub(crate) fn is_fenced(&self, code: Code) -> bool {
        self.fenced_codes.contains(code.0)
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
