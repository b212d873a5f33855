//! The condition expressions of `store`, clause by clause, with the same names. A broken variant leaves one
//! clause out.
//!
//! As in DynamoDB, a comparison with a missing attribute or a missing item is false.

use domain::otp::{ATTEMPT_REACH, MAX_ATTEMPTS, RESEND_FLOOR};

use crate::id::{CallId, Code, Delivery, KeyName, Seconds, Tally, Token, seconds};
use crate::item::{Counter, FamilyItem, Identity, Live, Otp, Pointer, User};
use crate::time;
use crate::variant::{Clause, Variant};

/// The arguments of a send's writes.
pub(crate) struct Send {
    pub(crate) key: Option<KeyName>,
    pub(crate) valid_after: Option<Seconds>,
    pub(crate) now: Seconds,
}

/// The conditions, of the real protocol or of a broken variant.
#[derive(Clone, Copy)]
pub(crate) struct Guards(pub(crate) Option<Variant>);

impl Guards {
    /// A clause of an AND: if it is left out, it is always true.
    fn and(self, clause: Clause, holds: bool) -> bool {
        holds || self.0 == Some(Variant::Without(clause))
    }

    /// A clause of an OR: if it is left out, it is never true.
    fn or(self, clause: Clause, holds: bool) -> bool {
        holds && self.0 != Some(Variant::Without(clause))
    }

    /// `attribute_not_exists(seen) OR size(seen) < :limit OR contains(seen, :nonce)`
    pub(crate) fn count(self, found: Option<&Counter>, nonce: CallId, limit: u32) -> bool {
        let Some(counter) = found else { return true };
        let has_room = self.and(Clause::CountHasRoom, counter.seen.size() < limit);
        has_room || self.contains(counter.seen, nonce, Variant::PlainSendCounter)
    }

    /// `contains(seen, :nonce)`
    pub(crate) fn take_back(self, found: Option<&Counter>, nonce: CallId) -> bool {
        found.is_some_and(|counter| self.contains(counter.seen, nonce, Variant::PlainSendCounter))
    }

    /// `attribute_not_exists(pk) OR (issuedAt < :now AND is_dead AND is_no_repetition)`
    pub(crate) fn put_code(self, found: Option<&Otp>, send: &Send) -> bool {
        let Some(otp) = found else { return true };
        let is_older = otp.issued_at < send.now;
        let is_fenced = self.or(Clause::CodeIsFenced, is_fenced(otp, send.valid_after));
        let is_dead = is_dead(otp, send.now) || is_fenced;
        self.and(Clause::CodeIsOlder, is_older)
            && self.and(Clause::CodeIsDead, is_dead)
            && self.and(Clause::CodeIsNoRepetition, self.is_no_repetition(otp, send))
    }

    /// `attribute_not_exists(sentFor) OR sentFor <> :sentFor OR sentAt < :tenMinutesAgo OR
    /// (attribute_exists(codeHash) AND (expiresAt <= :now OR size(attempts) >= :maxAttempts OR
    /// issuedAt <= :validAfter))`
    fn is_no_repetition(self, otp: &Otp, send: &Send) -> bool {
        let (Some(key), Some((sent_for, sent_at))) = (send.key, otp.keyed) else { return true };
        let sent_at = if self.0 == Some(Variant::BoundByIssue) { otp.issued_at } else { sent_at };
        let is_over = otp.live.as_ref().is_some_and(|live| {
            live.expires_at <= send.now
                || !has_room(live.attempts)
                || is_fenced(otp, send.valid_after)
        });
        let is_left_out = self.0 == Some(Variant::ClauseOnResend);
        sent_for != key || sent_at < send.now - time::REPETITION || is_over || is_left_out
    }

    /// `sendId = :seen AND attribute_exists(codeHash)`
    pub(crate) fn resend(self, found: Option<&Otp>, seen: Delivery, key: Option<KeyName>) -> bool {
        found.is_some_and(|otp| {
            let is_latest_send = otp.delivery == seen;
            let is_repetition = key.is_some() && otp.keyed.map(|(name, _)| name) == key;
            self.and(Clause::ResendIsLatest, is_latest_send)
                && has_code(otp)
                && !(self.0 == Some(Variant::ClauseOnResend) && is_repetition)
        })
    }

    /// `attribute_exists(codeHash) AND issuedAt <= :now`
    pub(crate) fn withdraw(self, found: Option<&Otp>, now: Seconds) -> bool {
        found.is_some_and(|otp| {
            has_code(otp) && self.and(Clause::WithdrawIsOlder, otp.issued_at <= now)
        })
    }

    /// `attribute_exists(codeHash) AND expiresAt > :now AND issuedAt <= :reach AND issuedAt > :validAfter
    /// AND (attribute_not_exists(attempts) OR size(attempts) < :maxAttempts OR contains(attempts, :nonce))`
    pub(crate) fn attempt(
        self,
        found: Option<&Otp>,
        nonce: CallId,
        now: Seconds,
        valid_after: Option<Seconds>,
    ) -> bool {
        let is_fenced = found.is_some_and(|otp| is_fenced(otp, valid_after));
        if !self.and(Clause::AttemptIsNotFenced, !is_fenced) {
            return false;
        }
        let Some(Otp { issued_at, live: Some(live), .. }) = found else { return false };
        let is_live = live.expires_at > now;
        let is_of_its_time = *issued_at <= now + seconds(ATTEMPT_REACH);
        let has_room = self.and(Clause::AttemptHasRoom, has_room(live.attempts));
        let is_counted = self.contains(live.attempts, nonce, Variant::PlainCounter);
        let is_counted = self.or(Clause::AttemptIsCounted, is_counted);
        self.and(Clause::AttemptIsLive, is_live)
            && self.and(Clause::AttemptIsOfItsTime, is_of_its_time)
            && (has_room || is_counted)
    }

    /// `contains(attempts, :nonce)`
    pub(crate) fn give_back(self, found: Option<&Live>, nonce: CallId) -> bool {
        found.is_some_and(|live| self.contains(live.attempts, nonce, Variant::PlainCounter))
    }

    /// `otpId = :compared AND attribute_exists(codeHash)`
    pub(crate) fn redeem(self, found: Option<&Otp>, compared: Code) -> bool {
        found.is_some_and(|otp| {
            let is_compared = otp.code == compared;
            self.and(Clause::RedeemIsCompared, is_compared)
                && self.and(Clause::RedeemHasCode, has_code(otp))
        })
    }

    /// `attribute_not_exists(pk)`
    pub(crate) fn put_family(self, found: Option<&FamilyItem>) -> bool {
        self.and(Clause::FamilyIsNew, found.is_none())
    }

    /// `curHash = :presented AND attribute_not_exists(revokedAt) AND slideExp > :now AND
    /// (attribute_not_exists(lastKey) OR lastKey <> :key)`
    pub(crate) fn rotate(
        self,
        found: Option<&FamilyItem>,
        presented: Token,
        now: Seconds,
        successor: Token,
        key: Option<KeyName>,
    ) -> bool {
        found.is_some_and(|family| {
            let is_new_key = key.is_none() || family.last_key != key;
            let is_current = family.current == Some(presented);
            let is_not_revoked = family.revoked.is_none();
            let is_live = family.expires_at > now;
            let is_applied = family.current == Some(successor);
            let is_rotatable = self.and(Clause::RotateIsCurrent, is_current)
                && self.and(Clause::RotateIsNotRevoked, is_not_revoked)
                && self.and(Clause::RotateIsLive, is_live)
                && self.and(Clause::RotateIsNewKey, is_new_key);
            is_rotatable || (self.0 == Some(Variant::OrAlreadyApplied) && is_applied)
        })
    }

    /// `begins_with(by, :request)`
    pub(crate) fn drop_pointer(self, found: Option<&Pointer>, ours: CallId) -> bool {
        let is_ours = |pointer: &Pointer| pointer.by.is_some_and(|by| by.call == ours);
        found.is_some_and(|pointer| self.and(Clause::DropIsOurs, is_ours(pointer)))
    }

    /// `attribute_not_exists(deletedBy)`, of a pointer that exists
    pub(crate) fn mark(self, found: Option<&Identity>) -> bool {
        found.is_some_and(|found| self.and(Clause::MarkIsFirst, found.deleted_by.is_none()))
    }

    /// `deletedBy = :by`
    pub(crate) fn erase(self, found: Option<&Identity>, ours: CallId) -> bool {
        found.is_some_and(|found| self.and(Clause::EraseIsMarked, found.deleted_by == Some(ours)))
    }

    /// `attribute_exists(pk)`
    pub(crate) fn revoke(self, found: Option<&FamilyItem>) -> bool {
        self.and(Clause::RevokeExists, found.is_some())
    }

    /// `attribute_exists(pk) AND (attribute_not_exists(sessionsValidAfter) OR
    /// sessionsValidAfter < :bound)`
    pub(crate) fn end_sessions(self, found: Option<&User>, bound: Seconds) -> bool {
        found.is_some_and(|user| {
            let moves_forward = user.sessions_valid_after.is_none_or(|stored| stored < bound);
            self.and(Clause::BoundMovesForward, moves_forward)
        })
    }

    /// `attribute_exists(pk) AND (attribute_not_exists(validAfter) OR validAfter < :ours)`
    pub(crate) fn fence(self, found: Option<Seconds>, ours: Seconds) -> bool {
        self.and(Clause::FenceMovesForward, found.is_none_or(|stored| stored < ours))
    }

    /// `seen = :seen`
    pub(crate) fn clear_counter(self, found: Option<&Counter>, seen: Option<Tally>) -> bool {
        let is_as_seen = found.map(|counter| counter.seen) == seen;
        found.is_some() && self.and(Clause::ClearIsAsSeen, is_as_seen)
    }

    /// Whether the set contains the nonce; in the broken variant `plain`, a number contains no nonces.
    fn contains(self, seen: Tally, nonce: CallId, plain: Variant) -> bool {
        self.0 != Some(plain) && seen.contains(nonce)
    }
}

/// `attribute_not_exists(pk)`, of a pointer.
pub(crate) fn is_absent<T>(found: Option<&T>) -> bool {
    found.is_none()
}

/// `revision = :read`, of a user. A change that was applied left another revision.
pub(crate) fn is_as_read(found: Option<&User>) -> bool {
    found.is_some_and(|user| !user.disabled)
}

/// `attribute_exists(codeHash)`
fn has_code(otp: &Otp) -> bool {
    otp.live.is_some()
}

/// `attribute_not_exists(attempts) OR size(attempts) < :maxAttempts`
fn has_room(attempts: Tally) -> bool {
    (attempts.size() as usize) < MAX_ATTEMPTS
}

/// `issuedAt <= :validAfter`
fn is_fenced(otp: &Otp, valid_after: Option<Seconds>) -> bool {
    valid_after.is_some_and(|valid_after| otp.issued_at <= valid_after)
}

/// `attribute_not_exists(codeHash) OR expiresAt < :worthResending OR size(attempts) >= :maxAttempts`
fn is_dead(otp: &Otp, now: Seconds) -> bool {
    otp.live.as_ref().is_none_or(|live| {
        live.expires_at < now + seconds(RESEND_FLOOR) || !has_room(live.attempts)
    })
}
