//! Ids as small numbers. The production types contain text, which would make a state large and slow to
//! hash. They are built only for calls of production decisions.

use std::time::Duration;

use domain::decide::Successor;
use domain::id::{Nonce, OtpId, SendId};
use domain::secret::Digest;
use domain::time::Timestamp;

/// Whole seconds of the abstract clock.
pub(crate) type Seconds = i32;

/// The domain's instant.
pub(crate) fn timestamp(at: Seconds) -> Timestamp {
    Timestamp::from_seconds(i64::from(at))
}

/// The domain's duration, in the model's seconds.
pub(crate) fn seconds(duration: Duration) -> Seconds {
    Seconds::try_from(duration.as_secs()).unwrap_or(Seconds::MAX)
}

/// One call of a scenario: its place in the list. The random ids that a call generates have its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u8);

impl CallId {
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The nonce in every copy of this call's counting write.
    pub(crate) fn nonce(self) -> Nonce {
        Nonce::stored(self.0.to_string())
    }
}

/// A one-time code: the one that exists from the start, or the one that a call generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Code(pub(crate) u8);

impl Code {
    pub(crate) const FIRST: Self = Self(0);

    pub(crate) fn generated_by(call: CallId) -> Self {
        Self(call.0 + 1)
    }

    /// The call that generated the code; `None` for the first one.
    pub(crate) fn sender(self) -> Option<CallId> {
        self.0.checked_sub(1).map(CallId)
    }

    pub(crate) fn otp_id(self) -> OtpId {
        OtpId::stored(self.0.to_string())
    }
}

/// One delivery of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Delivery(u8);

impl Delivery {
    pub(crate) const FIRST: Self = Self(0);

    /// The delivery of a new code.
    pub(crate) fn first_of(call: CallId) -> Self {
        Self(2 * call.0 + 1)
    }

    /// The delivery by a resend of a live code.
    pub(crate) fn repeat_of(call: CallId) -> Self {
        Self(2 * call.0 + 2)
    }

    pub(crate) fn send_id(self) -> SendId {
        SendId::stored(self.0.to_string())
    }

    /// Reads the id that a production decision returns.
    pub(crate) fn named(id: &SendId) -> Option<Self> {
        id.as_str().parse().ok().map(Self)
    }
}

/// A family of refresh tokens: the one that exists from the start, or that of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FamilyId(pub(crate) u8);

impl FamilyId {
    pub(crate) const FIRST: Self = Self(0);

    pub(crate) fn generated_by(call: CallId) -> Self {
        Self(call.0 + 1)
    }
}

/// A refresh token. The model doesn't distinguish it from its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(u32);

impl Token {
    /// The token of the family that exists from the start.
    pub(crate) const FIRST: Self = Self(0);

    /// A random token.
    pub(crate) fn generated_by(call: CallId) -> Self {
        Self(u32::from(call.0) + 1)
    }

    /// The token that a refresh key derives from a token under an idempotency key: five bits for each
    /// derivation, the highest of which tells it from a random token.
    pub(crate) fn derived(presented: Self, name: KeyName, kid: Kid) -> Self {
        Self(presented.0 << 5 | 0x10 | u32::from(name.0) << 2 | u32::from(kid.0))
    }

    pub(crate) fn digest(self) -> Digest {
        Digest::stored(self.0.to_string())
    }

    pub(crate) fn successor(self, kid: Option<Kid>) -> Successor<Self> {
        Successor { kid: kid.map(Kid::text), digest: self.digest(), token: self }
    }
}

/// One of at most four `Idempotency-Key`s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyName(pub u8);

impl KeyName {
    pub(crate) fn digest(self) -> Digest {
        Digest::stored(self.0.to_string())
    }
}

/// One of at most four refresh keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kid(pub u8);

impl Kid {
    pub(crate) fn text(self) -> String {
        self.0.to_string()
    }
}

/// A string set of nonces, one per call. It also stores how *often* a call was counted, which can be more
/// than once in the broken variant with plain counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Tally(u32);

impl Tally {
    const BITS: u32 = 4;

    pub(crate) fn of(self, call: CallId) -> u32 {
        self.0 >> (Self::BITS * u32::from(call.0)) & 0xf
    }

    /// `contains(set, :nonce)`.
    pub(crate) fn contains(self, call: CallId) -> bool {
        self.of(call) > 0
    }

    /// `ADD set :nonces`: changes nothing if the nonce is in the set.
    pub(crate) fn insert(&mut self, call: CallId) {
        if !self.contains(call) {
            self.increment(call);
        }
    }

    /// `DELETE set :nonces`.
    pub(crate) fn remove(&mut self, call: CallId) {
        self.0 &= !(0xf << (Self::BITS * u32::from(call.0)));
    }

    /// `ADD number :one`.
    pub(crate) fn increment(&mut self, call: CallId) {
        self.0 += 1 << (Self::BITS * u32::from(call.0));
    }

    /// `ADD number :minus_one`.
    pub(crate) fn decrement(&mut self, call: CallId) {
        if self.contains(call) {
            self.0 -= 1 << (Self::BITS * u32::from(call.0));
        }
    }

    fn counts(self) -> impl Iterator<Item = (CallId, u32)> {
        (0..8).map(CallId).map(move |call| (call, self.of(call))).filter(|(_, count)| *count > 0)
    }

    /// `size(set)`.
    pub(crate) fn size(self) -> u32 {
        self.counts().map(|(_, count)| count).sum()
    }

    /// The call that is in one of the sets alone, if it is the only one.
    pub(crate) fn only_difference(self, other: Self) -> Option<CallId> {
        let mut differing = (0..8).map(CallId).filter(|call| self.of(*call) != other.of(*call));
        differing.next().filter(|_| differing.next().is_none())
    }

    /// How many calls were counted, other than this one.
    pub(crate) fn others(self, call: CallId) -> usize {
        self.counts().filter(|(counted, _)| *counted != call).count()
    }

    /// Whether any call was counted twice.
    pub(crate) fn has_double(self) -> bool {
        self.counts().any(|(_, count)| count > 1)
    }

    /// The set as a domain type.
    pub(crate) fn nonces(self) -> std::collections::BTreeSet<Nonce> {
        self.counts().map(|(call, _)| call.nonce()).collect()
    }
}
