//! Broken variants of the protocol, each broken in one place. The model must find a counterexample for
//! each: otherwise it would not find the same mistake in the real protocol.

use crate::id::Seconds;
use crate::invariant::Invariant;
use crate::scenario::Scenario;

/// A broken variant, the scenario in which it is tried, and the invariant that must break.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// The broken variant.
    pub variant: Variant,
    /// The scenario's name.
    pub scenario: &'static str,
    /// The invariant that must break.
    pub breaks: Invariant,
}

impl Trial {
    /// The quick cut of the scenario.
    pub fn scenario(&self) -> Option<Scenario> {
        Scenario::named(self.scenario).map(Scenario::quick_cut)
    }
}

/// Every broken variant.
pub const TRIALS: [Trial; 64] = {
    use Clause as C;
    use Variant as V;
    [
        trial(V::CompareBeforeCount, "parallel guesses", Invariant::I1),
        trial(V::Without(C::AttemptHasRoom), "parallel guesses", Invariant::I1),
        trial(V::ComparedInDoubt, "parallel guesses", Invariant::I1),
        trial(V::PlainCounter, "parallel guesses", Invariant::I11),
        trial(V::PlainSendCounter, "counted sends", Invariant::I11),
        trial(V::Without(C::CountHasRoom), "counted sends", Invariant::Limit),
        trial(V::SuccessResets, "passwords", Invariant::Limit),
        trial(V::Without(C::CodeIsOlder), "late codes", Invariant::I3),
        trial(V::Without(C::CodeIsDead), "resends", Invariant::Replace),
        trial(V::Without(C::ResendIsLatest), "resends", Invariant::Resend),
        trial(V::Without(C::AttemptIsLive), "expiry", Invariant::I3),
        trial(V::Without(C::AttemptIsOfItsTime), "newer code", Invariant::I11),
        trial(V::Without(C::AttemptIsCounted), "parallel guesses", Invariant::I11),
        trial(V::Without(C::RedeemIsCompared), "newer code", Invariant::I3),
        trial(V::Without(C::RedeemHasCode), "right guesses", Invariant::I2),
        trial(V::RedemptionNotRecognised, "right guesses", Invariant::I11),
        trial(V::DoubtIsRefusal, "right guesses", Invariant::I11),
        trial(V::DoubtIsSuccess, "right guesses", Invariant::I2),
        trial(V::Without(C::FamilyIsNew), "late facts", Invariant::I5),
        trial(V::RotationNotRecognised, "refresh race", Invariant::I11),
        trial(V::SlowCopyIsTheft, "slow copies", Invariant::I14),
        trial(V::LostKeyIsTheft, "lost refresh key", Invariant::I14),
        trial(V::PointerAfterCommit, "new refresh key", Invariant::I14),
        trial(V::Without(C::RotateIsCurrent), "refresh race", Invariant::I4),
        trial(V::Without(C::RotateIsNotRevoked), "logout", Invariant::I6),
        trial(V::Without(C::RotateIsLive), "expiries", Invariant::I8),
        trial(V::OrAlreadyApplied, "logout", Invariant::I6),
        trial(V::AnswerBeforeRevocation, "replay and revocation", Invariant::I7),
        trial(V::Without(C::RevokeExists), "forgotten family", Invariant::I13),
        trial(V::UserCheckSkipped, "disabled", Invariant::I6),
        trial(V::WeakUserRead, "disabled", Invariant::I6),
        trial(V::WeakPointerRead, "refresh race", Invariant::I14),
        trial(V::NoMargin, "signed out everywhere", Invariant::I6),
        trial(V::Without(C::BoundMovesForward), "signed out twice", Invariant::I6),
        trial(V::WrongGuessGivenBack, "code during a sign-out", Invariant::I1),
        trial(V::LastKeyRemoved, "one key", Invariant::I16),
        trial(V::Without(C::RotateIsNewKey), "one key", Invariant::I16),
        trial(V::KeyBeforeRetry, "idempotent retries", Invariant::I14),
        trial(V::DropInDoubt, "dropped pointers", Invariant::I14),
        trial(V::DropOfAnother, "dropped pointers", Invariant::I14),
        trial(V::DerivedCountNonce, "repeated sends", Invariant::Limit),
        trial(V::DerivedAttemptNonce, "parallel guesses", Invariant::I1),
        trial(V::DerivedOtpId, "spent code", Invariant::I1),
        trial(V::Without(C::CodeIsNoRepetition), "repeated sends", Invariant::I15),
        trial(V::ClauseOnResend, "repeated sends", Invariant::I15),
        trial(V::BoundByIssue, "repetition of a resend", Invariant::I15),
        trial(V::ResendForgetsKey, "repetition of a resend", Invariant::I15),
        trial(V::WithdrawBesideCommit, "two identities", Invariant::Withdraw),
        trial(V::Without(C::WithdrawIsOlder), "two identities", Invariant::Withdraw),
        trial(V::SourceAfterCompare, "guesses of a source", Invariant::Limit),
        trial(V::UnlockByDeletion, "unlock", Invariant::I1),
        trial(V::Without(C::ClearIsAsSeen), "unlocked sends", Invariant::Limit),
        trial(V::FenceOf(5), "fence", Invariant::I17),
        trial(V::FenceOf(60), "fence", Invariant::I17),
        trial(V::Without(C::CodeIsFenced), "code after a fence", Invariant::I17),
        trial(V::Without(C::AttemptIsNotFenced), "code after a fence", Invariant::I17),
        trial(V::Without(C::FenceMovesForward), "fenced twice", Invariant::I17),
        trial(V::AttemptSigns, "parallel guesses", Invariant::I18),
        trial(V::RevocationSigns, "two logouts", Invariant::I18),
        trial(V::LastRevoker, "two logouts", Invariant::I18),
        trial(V::OneNamePerCall, "put after its resend", Invariant::I18),
        trial(V::Without(C::DropIsOurs), "dropped pointers", Invariant::I18),
        trial(V::Without(C::MarkIsFirst), "erased twice", Invariant::I18),
        trial(V::Without(C::EraseIsMarked), "erased twice", Invariant::I18),
    ]
};

const fn trial(variant: Variant, scenario: &'static str, breaks: Invariant) -> Trial {
    Trial { variant, scenario, breaks }
}

/// A broken variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// verify-otp compares the code first, and counts the attempt afterwards.
    CompareBeforeCount,
    /// The code is compared for an attempt in doubt, even if its nonce is not among the attempts.
    ComparedInDoubt,
    /// Attempts are a number that each request increments, instead of a set of nonces.
    PlainCounter,
    /// Sends are a number that each request increments, instead of a set of nonces.
    PlainSendCounter,
    /// A right password empties the counter, instead of removing only its own attempt.
    SuccessResets,
    /// `REFRESH_REUSED` is answered before the revocation is durable.
    AnswerBeforeRevocation,
    /// A redemption that finds its own commit treats it as another call's.
    RedemptionNotRecognised,
    /// A rotation that finds its own commit is treated as a replay.
    RotationNotRecognised,
    /// A slow copy of a rotation whose successor was used is treated as a replay.
    SlowCopyIsTheft,
    /// A retry whose successor was derived under a key that is not in the ring is treated as a replay.
    LostKeyIsTheft,
    /// A write in doubt is answered as if it had been refused.
    DoubtIsRefusal,
    /// A write in doubt is answered as if it had been applied.
    DoubtIsSuccess,
    /// The pointer of a new refresh token is put after the commit.
    PointerAfterCommit,
    /// verify-otp and refresh-token don't check the user.
    UserCheckSkipped,
    /// The user is read without strong consistency.
    WeakUserRead,
    /// The pointer is read without strong consistency.
    WeakPointerRead,
    /// Sign-out everywhere ends sessions up to its clock's time, without a margin for clocks that are ahead.
    NoMargin,
    /// The attempt of a wrong guess is given back, too.
    WrongGuessGivenBack,
    /// A rotation without an idempotency key removes the key of the rotation before.
    LastKeyRemoved,
    /// The key is looked at before the retry of a rotation is recognised.
    KeyBeforeRetry,
    /// The pointer of a rotation in doubt is dropped.
    DropInDoubt,
    /// The pointer of a token that another call made current is dropped.
    DropOfAnother,
    /// The nonce of a send's count is derived from the idempotency key.
    DerivedCountNonce,
    /// The nonce of an attempt is derived from what the client sends.
    DerivedAttemptNonce,
    /// The id of a code is derived from the idempotency key.
    DerivedOtpId,
    /// A repetition is recognised by a clause on the resend, instead of one on the put.
    ClauseOnResend,
    /// Ten minutes are counted from the code's issue, instead of the newest send with a key.
    BoundByIssue,
    /// A resend without an idempotency key removes the key of the send before.
    ResendForgetsKey,
    /// The code of the user's other identity is withdrawn beside the commit.
    WithdrawBesideCommit,
    /// An attempt of a source is counted after the comparison.
    SourceAfterCompare,
    /// An operator's unlock deletes the item of the code.
    UnlockByDeletion,
    /// The fence applies so many seconds after the operator's time.
    FenceOf(Seconds),
    /// The rotation puts the whole family, and its guard has "… OR already applied".
    OrAlreadyApplied,
    /// An attempt sets `by`.
    AttemptSigns,
    /// A revocation sets `by`.
    RevocationSigns,
    /// A revocation sets `revokedBy`, even if it is set.
    LastRevoker,
    /// All writes of a call set the same `by`.
    OneNamePerCall,
    /// A clause of a condition is missing.
    Without(Clause),
}

/// One clause of a condition expression in `store`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clause {
    /// Counter: `size(seen) < :limit`.
    CountHasRoom,
    /// New code: `issuedAt < :now`.
    CodeIsOlder,
    /// New code: no live code in the item.
    CodeIsDead,
    /// Resend: `sendId = :seen`.
    ResendIsLatest,
    /// Attempt: `expiresAt > :now`.
    AttemptIsLive,
    /// Attempt: `issuedAt <= :reach`.
    AttemptIsOfItsTime,
    /// Attempt: `size(attempts) < :maxAttempts`.
    AttemptHasRoom,
    /// Attempt: `contains(attempts, :nonce)`.
    AttemptIsCounted,
    /// Redemption: `otpId = :compared`.
    RedeemIsCompared,
    /// Redemption: `attribute_exists(codeHash)`.
    RedeemHasCode,
    /// Family: `attribute_not_exists(pk)`.
    FamilyIsNew,
    /// Rotation: `curHash = :presented`.
    RotateIsCurrent,
    /// Rotation: `attribute_not_exists(revokedAt)`.
    RotateIsNotRevoked,
    /// Rotation: `slideExp > :now`.
    RotateIsLive,
    /// Revocation: `attribute_exists(pk)`.
    RevokeExists,
    /// Sign-out everywhere: `sessionsValidAfter < :bound`.
    BoundMovesForward,
    /// New code: the request doesn't repeat the newest one with its key.
    CodeIsNoRepetition,
    /// New code: `issuedAt <= :validAfter`.
    CodeIsFenced,
    /// Attempt: `issuedAt > :validAfter`.
    AttemptIsNotFenced,
    /// Withdrawal: `issuedAt <= :now`.
    WithdrawIsOlder,
    /// Rotation: `lastKey <> :key`.
    RotateIsNewKey,
    /// Fence: `validAfter < :ours`.
    FenceMovesForward,
    /// Unlock: `seen = :seen`.
    ClearIsAsSeen,
    /// A dropped pointer: `begins_with(by, :request)`.
    DropIsOurs,
    /// Mark of a deletion: `attribute_not_exists(deletedBy)`.
    MarkIsFirst,
    /// Deletion: `deletedBy = :by`.
    EraseIsMarked,
}

impl Variant {
    /// The name in the output.
    pub fn name(self) -> &'static str {
        match self {
            Self::CompareBeforeCount => "compare before count",
            Self::ComparedInDoubt => "attempt in doubt compared without its nonce",
            Self::PlainCounter => "plain counter for attempts",
            Self::PlainSendCounter => "plain counter for sends",
            Self::SuccessResets => "a right password resets the counter",
            Self::AnswerBeforeRevocation => "replay answered before the revocation is durable",
            Self::RedemptionNotRecognised => "retry not recognised: redemption",
            Self::RotationNotRecognised => "retry not recognised: rotation",
            Self::SlowCopyIsTheft => "slow copy of a used rotation called a theft",
            Self::LostKeyIsTheft => "retry under a lost refresh key called a theft",
            Self::DoubtIsRefusal => "write in doubt answered as refused",
            Self::DoubtIsSuccess => "write in doubt answered as applied",
            Self::PointerAfterCommit => "pointer after commit",
            Self::UserCheckSkipped => "user check skipped",
            Self::WeakUserRead => "user read not strong",
            Self::WeakPointerRead => "pointer read not strong",
            Self::NoMargin => "sign-out without margin for clocks",
            Self::WrongGuessGivenBack => "attempt of a wrong guess given back",
            Self::LastKeyRemoved => "rotation without key forgets the key before",
            Self::KeyBeforeRetry => "key looked at before the retry",
            Self::DropInDoubt => "pointer of a rotation in doubt dropped",
            Self::DropOfAnother => "pointer of another call's token dropped",
            Self::DerivedCountNonce => "derived nonce of a count",
            Self::DerivedAttemptNonce => "derived nonce of an attempt",
            Self::DerivedOtpId => "derived id of a code",
            Self::ClauseOnResend => "repetition recognised by the resend",
            Self::BoundByIssue => "repetition bound by the issue",
            Self::ResendForgetsKey => "resend without key forgets the key before",
            Self::WithdrawBesideCommit => "other code withdrawn beside the commit",
            Self::SourceAfterCompare => "source counted after the compare",
            Self::UnlockByDeletion => "unlock by deletion",
            Self::FenceOf(5) => "fence of 5 s",
            Self::FenceOf(60) => "fence of 60 s",
            Self::FenceOf(_) => "fence of another margin",
            Self::OrAlreadyApplied => "guard \"OR already applied\" on the family",
            Self::AttemptSigns => "attempt names its call in `by`",
            Self::RevocationSigns => "revocation names its call in `by`",
            Self::LastRevoker => "a later revocation replaces `revokedBy`",
            Self::OneNamePerCall => "all writes of a call have one name",
            Self::Without(clause) => clause.name(),
        }
    }

    /// Whether it is to show that a wrong author is noticed.
    pub(crate) fn is_about_authors(self) -> bool {
        use Clause::{DropIsOurs, EraseIsMarked, MarkIsFirst};
        matches!(
            self,
            Self::AttemptSigns
                | Self::RevocationSigns
                | Self::LastRevoker
                | Self::OneNamePerCall
                | Self::Without(DropIsOurs | MarkIsFirst | EraseIsMarked)
        )
    }
}

impl Clause {
    fn name(self) -> &'static str {
        match self {
            Self::CountHasRoom => "no limit on codes",
            Self::CodeIsOlder => "new code does not check age",
            Self::CodeIsDead => "new code replaces a live one",
            Self::ResendIsLatest => "resend does not check the delivery it replaces",
            Self::AttemptIsLive => "attempt does not check expiry",
            Self::AttemptIsOfItsTime => "late attempt counts against a newer code",
            Self::AttemptHasRoom => "no limit on attempts",
            Self::AttemptIsCounted => "attempt does not know its own nonce",
            Self::RedeemIsCompared => "redemption does not check which code",
            Self::RedeemHasCode => "redemption does not check that the code is unused",
            Self::FamilyIsNew => "family put over an existing one",
            Self::RotateIsCurrent => "rotation does not check the presented token",
            Self::RotateIsNotRevoked => "rotation does not check revocation",
            Self::RotateIsLive => "rotation does not check expiry",
            Self::RevokeExists => "revocation of a family that does not exist",
            Self::BoundMovesForward => "sign-out moves its bound back",
            Self::CodeIsNoRepetition => "new code does not check for a repetition",
            Self::CodeIsFenced => "new code does not replace one from before a fence",
            Self::AttemptIsNotFenced => "attempt at a code from before a fence",
            Self::WithdrawIsOlder => "late withdrawal of a newer code",
            Self::RotateIsNewKey => "rotation does not check its key",
            Self::FenceMovesForward => "fence moves back",
            Self::ClearIsAsSeen => "unlock clears what it did not see",
            Self::DropIsOurs => "a call drops another's pointer",
            Self::MarkIsFirst => "a deletion's mark replaces another's",
            Self::EraseIsMarked => "deletion that another's mark names",
        }
    }
}
