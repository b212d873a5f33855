//! The life of a one-time code: it is issued, attempted up to three times, and redeemed once.

use std::collections::BTreeSet;

use super::{IDEMPOTENT_RETRY, Unresolved};
use crate::id::{Nonce, OtpId, SendId};
use crate::otp::{ATTEMPT_REACH, Channel, MAX_ATTEMPTS, RESEND_FLOOR};
use crate::secret::Digest;
use crate::time::Timestamp;

/// The item of one identity. It has a code until the code is used, and is a tombstone afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Names the code. The code is derived from it.
    pub otp_id: OtpId,
    /// When the code was generated.
    pub issued_at: Timestamp,
    /// The newest delivery.
    pub send_id: SendId,
    /// The code. A sign-in removes it.
    pub code: Option<LiveCode>,
    /// Digest of the refresh token that the code was exchanged for.
    pub used_by: Option<Digest>,
    /// The newest delivery that was requested with an idempotency key.
    pub keyed: Option<KeyedSend>,
}

/// A delivery that was requested with an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyedSend {
    /// Digest of the idempotency key.
    pub key: Digest,
    /// When the delivery was requested.
    pub at: Timestamp,
}

/// A code that has not been used. It may have expired, or have no attempts left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveCode {
    /// The digest that each attempt is compared with.
    pub digest: Digest,
    /// First instant at which the code no longer works.
    pub expires_at: Timestamp,
    /// The OTP key that the code was derived under.
    pub key_id: String,
    /// How the code is delivered.
    pub channel: Channel,
    /// One nonce per attempt.
    pub attempts: BTreeSet<Nonce>,
}

impl LiveCode {
    /// Whether the same code should be sent again: it lives long enough and has an attempt left.
    pub fn is_worth_resending(&self, now: Timestamp) -> bool {
        self.expires_at >= now.plus(RESEND_FLOOR) && self.attempts.len() < MAX_ATTEMPTS
    }

    /// Whether no attempt at this code can succeed any more.
    fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at <= now || self.attempts.len() >= MAX_ATTEMPTS
    }
}

impl Challenge {
    /// Whether the code is from before a fence.
    fn is_fenced(&self, valid_after: Option<Timestamp>) -> bool {
        valid_after.is_some_and(|valid_after| self.issued_at <= valid_after)
    }

    /// Whether `send` repeats the newest keyed delivery, and the code of that is good, or was used.
    fn is_repeated_by(&self, send: &Send<'_>) -> bool {
        let is_same = |keyed: &KeyedSend| {
            send.key == Some(&keyed.key) && send.now.since(keyed.at) <= IDEMPOTENT_RETRY
        };
        let is_over = |code: &LiveCode| code.is_over(send.now) || self.is_fenced(send.valid_after);
        self.keyed.as_ref().is_some_and(is_same) && !self.code.as_ref().is_some_and(is_over)
    }
}

/// A request for a code.
#[derive(Clone, Copy, Debug)]
pub struct Send<'a> {
    /// Names the code that the request would put.
    pub otp_id: &'a OtpId,
    /// Digest of the request's idempotency key.
    pub key: Option<&'a Digest>,
    /// The organization's fence: codes that were issued until then don't work.
    pub valid_after: Option<Timestamp>,
    /// When the request was made.
    pub now: Timestamp,
}

/// The outcome of putting a new code.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issue {
    /// Our code is stored.
    Issued,
    /// The request repeats one that was answered, or whose answer was lost. Nothing is left to do.
    Repeated,
    /// Another code is live. Its newest delivery is named here; send that code again.
    Live(SendId),
    /// Another request put a newer code, or our clock is behind. Nothing is left to do.
    Superseded,
}

/// Decides about a put from the item that failed its guard, or from a strong read if every answer was
/// lost. A repetition is recognised before a live code, or it would send that once more.
pub fn issue(found: Option<&Challenge>, send: &Send<'_>) -> Result<Issue, Unresolved> {
    let found = found.ok_or(Unresolved)?;
    if found.otp_id == *send.otp_id {
        return Ok(Issue::Issued);
    }
    if found.is_repeated_by(send) {
        return Ok(Issue::Repeated);
    }
    let is_fenced = found.is_fenced(send.valid_after);
    match &found.code {
        Some(code) if code.is_worth_resending(send.now) && !is_fenced => {
            Ok(Issue::Live(found.send_id.clone()))
        }
        // The guard would pass on this item: a late copy of our put may still be applied.
        Some(_) | None if found.issued_at < send.now => Err(Unresolved),
        Some(_) | None => Ok(Issue::Superseded),
    }
}

/// The outcome of sending a live code again.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resend {
    /// Our delivery is stored, so the stream sends the code.
    Resent,
    /// Another request sent the code since then, or the code was used. Nothing is left to do.
    Superseded,
}

/// Decides about a resend from the item that failed its guard, or from a strong read. `ours` is the
/// delivery that we wrote, `seen` the one that we meant to replace.
pub fn resend(
    found: Option<&Challenge>,
    ours: &SendId,
    seen: &SendId,
) -> Result<Resend, Unresolved> {
    match found {
        Some(found) if found.send_id == *ours => Ok(Resend::Resent),
        // The guard would pass on this item: a late copy of our update may still be applied.
        Some(found) if found.send_id == *seen && found.code.is_some() => Err(Unresolved),
        Some(_) | None => Ok(Resend::Superseded),
    }
}

/// The outcome of counting an attempt.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The attempt is counted. The code may be compared once.
    Granted {
        /// The challenge of the code.
        otp_id: OtpId,
        /// The code to compare with.
        code: LiveCode,
    },
    /// The attempt is not counted.
    Refused(NotLive),
}

/// Why no code is live for an attempt. For the log: callers must not learn it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotLive {
    /// No code was requested, or it was deleted long after its expiry.
    NotFound,
    /// The code was used or withdrawn.
    Used,
    /// Its five minutes are over.
    Expired,
    /// Three attempts were made.
    AttemptsSpent,
    /// The organization was signed out since, or the code is newer than the attempt.
    OfAnotherTime,
}

/// Decides about an attempt from the item that DynamoDB returned with the count, or that a strong read
/// found after every answer was lost. Only a granted attempt gets the digest. `valid_after` is the
/// organization's fence.
pub fn attempt(
    found: Option<Challenge>,
    nonce: &Nonce,
    valid_after: Option<Timestamp>,
    now: Timestamp,
) -> Result<Attempt, Unresolved> {
    match not_live(found.as_ref(), valid_after, now) {
        Some(reason @ (NotLive::NotFound | NotLive::Used)) => Ok(Attempt::Refused(reason)),
        reason => match found {
            Some(Challenge { otp_id, code: Some(code), .. }) if code.attempts.contains(nonce) => {
                Ok(Attempt::Granted { otp_id, code })
            }
            // Without a reason, the guard would pass on this item: a late copy of our count may still be
            // applied.
            Some(_) | None => reason.map(Attempt::Refused).ok_or(Unresolved),
        },
    }
}

/// Why an attempt finds no live code in an item; `None` if the guard of the count would pass on it.
pub fn not_live(
    found: Option<&Challenge>,
    valid_after: Option<Timestamp>,
    now: Timestamp,
) -> Option<NotLive> {
    let Some(found) = found else { return Some(NotLive::NotFound) };
    let Some(code) = &found.code else { return Some(NotLive::Used) };
    match () {
        () if code.expires_at <= now => Some(NotLive::Expired),
        () if code.attempts.len() >= MAX_ATTEMPTS => Some(NotLive::AttemptsSpent),
        () if found.is_fenced(valid_after) => Some(NotLive::OfAnotherTime),
        () if found.issued_at > now.plus(ATTEMPT_REACH) => Some(NotLive::OfAnotherTime),
        () => None,
    }
}

/// The outcome of exchanging a code for a family.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redemption {
    /// We used the code.
    Redeemed,
    /// Another request used it first.
    LostRace,
}

/// Decides about a commit from the item that failed its guard, or from a strong read. If a newer code
/// has replaced ours since then, the item doesn't say whether our commit was applied.
pub fn redemption(
    found: Option<&Challenge>,
    compared: &OtpId,
    ours: &Digest,
) -> Result<Redemption, Unresolved> {
    let found = found.filter(|found| found.otp_id == *compared).ok_or(Unresolved)?;
    match &found.used_by {
        Some(used_by) if used_by == ours => Ok(Redemption::Redeemed),
        Some(_) => Ok(Redemption::LostRace),
        None => Err(Unresolved),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn live(issued_at: Timestamp, attempts: &[&str]) -> Challenge {
        Challenge {
            otp_id: OtpId::stored("theirs"),
            issued_at,
            send_id: SendId::stored("send"),
            code: Some(LiveCode {
                digest: Digest::stored("digest"),
                expires_at: issued_at.plus(Duration::from_mins(5)),
                key_id: "k".into(),
                channel: Channel::Email,
                attempts: attempts.iter().copied().map(Nonce::stored).collect(),
            }),
            used_by: None,
            keyed: None,
        }
    }

    fn send(otp_id: &OtpId) -> Send<'_> {
        Send { otp_id, key: None, valid_after: None, now: NOW }
    }

    fn used(by: &str) -> Challenge {
        Challenge { code: None, used_by: Some(Digest::stored(by)), ..live(NOW, &[]) }
    }

    fn seconds_ago(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(NOW.seconds() - seconds)
    }

    #[test]
    fn a_live_code_is_sent_again_until_half_its_life_is_over() {
        let ours = OtpId::stored("ours");
        let at = |age| issue(Some(&live(seconds_ago(age), &[])), &send(&ours));
        assert_eq!(at(150), Ok(Issue::Live(SendId::stored("send"))));
        assert_eq!(
            at(151),
            Err(Unresolved),
            "the guard would pass, so the put may still be applied"
        );
        let spent = live(NOW.plus(Duration::from_millis(1)), &["1", "2", "3"]);
        assert_eq!(issue(Some(&spent), &send(&ours)), Ok(Issue::Superseded));
        assert_eq!(
            issue(Some(&live(NOW, &[])), &send(&OtpId::stored("theirs"))),
            Ok(Issue::Issued)
        );
        assert_eq!(issue(None, &send(&ours)), Err(Unresolved));
    }

    #[test]
    fn a_send_repeats_the_newest_one_with_its_key_for_ten_minutes() {
        let (ours, key, other) = (OtpId::stored("ours"), Digest::stored("k"), Digest::stored("l"));
        let keyed = |at, challenge| Challenge {
            keyed: Some(KeyedSend { key: key.clone(), at }),
            ..challenge
        };
        let decide = |found: &Challenge, key: Option<&Digest>| {
            issue(Some(found), &Send { key, ..send(&ours) })
        };
        let sent = keyed(seconds_ago(1), live(seconds_ago(1), &[]));
        assert_eq!(decide(&sent, Some(&key)), Ok(Issue::Repeated));
        let again = Ok(Issue::Live(SendId::stored("send")));
        assert_eq!(decide(&sent, Some(&other)), again);
        assert_eq!(decide(&sent, None), again);
        let aged =
            |age| keyed(seconds_ago(age), Challenge { issued_at: seconds_ago(age), ..used("x") });
        assert_eq!(decide(&aged(600), Some(&key)), Ok(Issue::Repeated), "the code was used");
        assert_eq!(decide(&aged(601), Some(&key)), Err(Unresolved), "the guard would pass");
        let almost_over = keyed(seconds_ago(299), live(seconds_ago(299), &[]));
        assert_eq!(decide(&almost_over, Some(&key)), Ok(Issue::Repeated));
        let expired = keyed(seconds_ago(300), live(seconds_ago(300), &[]));
        assert_eq!(decide(&expired, Some(&key)), Err(Unresolved));
        let used_up = keyed(seconds_ago(1), live(seconds_ago(1), &["1", "2", "3"]));
        assert_eq!(decide(&used_up, Some(&key)), Err(Unresolved));
    }

    #[test]
    fn a_code_from_before_a_fence_is_replaced_and_not_attempted() {
        let (ours, nonce, key) = (OtpId::stored("ours"), Nonce::stored("n"), Digest::stored("k"));
        let keyed = KeyedSend { key: key.clone(), at: seconds_ago(1) };
        let found = Challenge { keyed: Some(keyed), ..live(seconds_ago(1), &[]) };
        let issue = |valid_after, key| {
            issue(Some(&found), &Send { valid_after: Some(valid_after), key, ..send(&ours) })
        };
        assert_eq!(issue(seconds_ago(1), None), Err(Unresolved), "the guard would pass");
        assert_eq!(issue(seconds_ago(1), Some(&key)), Err(Unresolved));
        assert_eq!(issue(seconds_ago(2), None), Ok(Issue::Live(SendId::stored("send"))));
        let attempt = |valid_after| attempt(Some(found.clone()), &nonce, Some(valid_after), NOW);
        assert_eq!(attempt(seconds_ago(1)), Ok(Attempt::Refused(NotLive::OfAnotherTime)));
        assert_eq!(attempt(seconds_ago(2)), Err(Unresolved));
    }

    #[test]
    fn a_code_is_sent_again_by_the_request_that_its_item_names() {
        let (ours, seen) = (SendId::stored("ours"), SendId::stored("send"));
        let of = |send: &str, code: Challenge| Challenge { send_id: SendId::stored(send), ..code };
        let decide = |found: Challenge| resend(Some(&found), &ours, &seen);
        assert_eq!(decide(of("ours", live(NOW, &[]))), Ok(Resend::Resent));
        assert_eq!(decide(of("ours", used("x"))), Ok(Resend::Resent));
        assert_eq!(decide(of("send", live(NOW, &[]))), Err(Unresolved));
        assert_eq!(decide(of("send", used("x"))), Ok(Resend::Superseded));
        assert_eq!(decide(of("theirs", live(NOW, &[]))), Ok(Resend::Superseded));
        assert_eq!(resend(None, &ours, &seen), Ok(Resend::Superseded));
    }

    #[test]
    fn an_attempt_is_ours_only_with_our_nonce() {
        let nonce = Nonce::stored("ours");
        let decide = |found: Challenge| attempt(Some(found), &nonce, None, NOW);
        let counted = live(NOW, &["a", "b", "ours"]);
        let Some(code) = counted.code.clone() else { panic!("no code") };
        let granted = Attempt::Granted { otp_id: counted.otp_id.clone(), code };
        assert_eq!(decide(counted), Ok(granted));
        assert_eq!(
            decide(live(NOW, &["a", "b", "c"])),
            Ok(Attempt::Refused(NotLive::AttemptsSpent))
        );
        assert_eq!(decide(live(NOW, &["a"])), Err(Unresolved));
        assert_eq!(decide(live(seconds_ago(300), &["a"])), Ok(Attempt::Refused(NotLive::Expired)));
        assert_eq!(decide(live(seconds_ago(-5), &["a"])), Err(Unresolved));
        assert_eq!(
            decide(live(seconds_ago(-6), &["a"])),
            Ok(Attempt::Refused(NotLive::OfAnotherTime))
        );
        assert_eq!(decide(used("x")), Ok(Attempt::Refused(NotLive::Used)));
        assert_eq!(attempt(None, &nonce, None, NOW), Ok(Attempt::Refused(NotLive::NotFound)));
    }

    #[test]
    fn a_code_is_redeemed_by_the_sign_in_that_its_tombstone_names() {
        let (otp, ours) = (OtpId::stored("theirs"), Digest::stored("ours"));
        assert_eq!(redemption(Some(&used("ours")), &otp, &ours), Ok(Redemption::Redeemed));
        assert_eq!(redemption(Some(&used("other")), &otp, &ours), Ok(Redemption::LostRace));
        assert_eq!(redemption(Some(&live(NOW, &[])), &otp, &ours), Err(Unresolved));
        let newer = OtpId::stored("newer");
        assert_eq!(redemption(Some(&used("other")), &newer, &ours), Err(Unresolved));
        assert_eq!(redemption(None, &otp, &ours), Err(Unresolved));
    }
}
