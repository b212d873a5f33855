//! Requests to DynamoDB.

use std::fmt;

/// One request of a call. All its copies are equal, because its content never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Op {
    /// `COUNT#`: ADD the call's nonce.
    Count,
    /// `COUNT#`: DELETE the call's nonce.
    TakeBack,
    /// `OTP#`: PUT a new code.
    PutCode,
    /// `OTP#`: SET another send id.
    Resend,
    /// `OTP#`: ADD the call's nonce to the attempts.
    Attempt,
    /// `OTP#`: DELETE the call's nonce from the attempts.
    GiveBack,
    /// `OTP#` of the user's other identity: remove the code.
    Withdraw,
    /// `FAM#`: PUT a family. No client has its token yet.
    PutFamily,
    /// `RT#`: PUT a pointer of a token. No client has the token yet.
    PutPointer,
    /// `RT#`: DELETE a pointer that this call put, because the call is refused.
    DropPointer,
    /// `OTP#`: the commit of a sign-in, or an operator's withdrawal of the code.
    Redeem,
    /// `FAM#`: the commit of a refresh.
    Rotate,
    /// `FAM#`: SET revokedAt.
    Revoke,
    /// `USER#`: SET disabled.
    Disable,
    /// `USER#`: SET sessionsValidAfter.
    EndSessions,
    /// `USER#`: DELETE.
    EraseUser,
    /// `IDENT#`: SET deletedBy, which says whose deletion follows.
    MarkIdentity,
    /// `IDENT#`: DELETE.
    EraseIdentity,
    /// `ORG#`: SET validAfter.
    Fence,
    /// `COUNT#`: REMOVE all nonces that the operator read.
    ClearCounter,
    /// `OTP#`: DELETE, only in the variant "unlock by deletion".
    EraseCode,
    /// `COUNT#source#`: ADD the call's nonce.
    CountSource,
    /// `COUNT#source#`: DELETE the call's nonce.
    TakeBackSource,
    /// `OTP#`: a strong read, of an operator and in the variant "compare before count".
    ReadCode,
    /// `IDENT#`: the only eventually consistent read.
    ReadIdentity,
    /// `USER#`: a strongly consistent read.
    ReadUser,
    /// `RT#`: a strongly consistent read.
    ReadPointer,
}

impl Op {
    /// Every write.
    pub(crate) const WRITES: [Self; 23] = [
        Self::Count,
        Self::TakeBack,
        Self::PutCode,
        Self::Resend,
        Self::Attempt,
        Self::GiveBack,
        Self::Withdraw,
        Self::PutFamily,
        Self::PutPointer,
        Self::DropPointer,
        Self::Redeem,
        Self::Rotate,
        Self::Revoke,
        Self::Disable,
        Self::EndSessions,
        Self::EraseUser,
        Self::MarkIdentity,
        Self::EraseIdentity,
        Self::Fence,
        Self::ClearCounter,
        Self::EraseCode,
        Self::CountSource,
        Self::TakeBackSource,
    ];

    /// Every read, except for the strong read after a write in doubt.
    pub(crate) const READS: [Self; 4] =
        [Self::ReadCode, Self::ReadIdentity, Self::ReadUser, Self::ReadPointer];

    pub(crate) fn is_read(self) -> bool {
        Self::READS.contains(&self)
    }
}

/// A set of requests.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Ops(u32);

impl Ops {
    pub(crate) fn of(ops: &[Op]) -> Self {
        Self(ops.iter().fold(0, |bits, op| bits | 1 << *op as u8))
    }

    pub(crate) fn contains(self, op: Op) -> bool {
        self.0 & 1 << op as u8 != 0
    }

    pub(crate) fn remove(&mut self, op: Op) {
        self.0 &= !(1 << op as u8);
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Debug for Ops {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ops = Op::WRITES.into_iter().chain(Op::READS).filter(|op| self.contains(*op));
        formatter.debug_set().entries(ops).finish()
    }
}

/// How many copies of each write may still be applied: at most three.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Copies(u64);

impl Copies {
    pub(crate) const MOST: u8 = 3;

    pub(crate) fn of(self, op: Op) -> u8 {
        let bits = self.0 >> (2 * op as u8) & 0b11;
        bits.try_into().unwrap_or(Self::MOST)
    }

    pub(crate) fn set(&mut self, op: Op, copies: u8) {
        let shift = 2 * op as u8;
        self.0 = self.0 & !(0b11 << shift) | u64::from(copies.min(Self::MOST)) << shift;
    }
}

impl fmt::Debug for Copies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pending = Op::WRITES.into_iter().filter(|op| self.of(*op) > 0);
        formatter.debug_map().entries(pending.map(|op| (op, self.of(op)))).finish()
    }
}
