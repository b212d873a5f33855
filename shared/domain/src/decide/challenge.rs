//! The life of a one-time code: issued, attempted up to three times, redeemed once.

use std::collections::BTreeSet;

use super::Unresolved;
use crate::id::{Nonce, OtpId, SendId};
use crate::otp::{ATTEMPT_REACH, Channel, MAX_ATTEMPTS, RESEND_FLOOR};
use crate::secret::Digest;
use crate::time::Timestamp;

/// The item of one identity: its code while there is one, and a tombstone afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Names the code, and derives it.
    pub otp_id: OtpId,
    /// When the code was made.
    pub issued_at: Timestamp,
    /// The newest delivery.
    pub send_id: SendId,
    /// Everything of the code; nothing of it is left once it was used.
    pub code: Option<LiveCode>,
    /// Digest of the refresh token that the code was exchanged for.
    pub used_by: Option<Digest>,
}

/// A code that was not used yet. It may have expired, or have no attempts left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveCode {
    /// What a guess is compared with.
    pub digest: Digest,
    /// First instant at which it no longer works.
    pub expires_at: Timestamp,
    /// The OTP key that it was derived under.
    pub key_id: String,
    /// Where it goes.
    pub channel: Channel,
    /// One nonce per attempt.
    pub attempts: BTreeSet<Nonce>,
}

impl LiveCode {
    /// Whether the same code should be sent again: enough life and an attempt left.
    pub fn is_worth_resending(&self, now: Timestamp) -> bool {
        self.expires_at >= now.plus(RESEND_FLOOR) && self.attempts.len() < MAX_ATTEMPTS
    }
}

/// What became of putting a new code.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issue {
    /// The new code is ours.
    Issued,
    /// A code is live: send it again, over the delivery named here.
    Live(SendId),
    /// Somebody put a newer one, or the clock that we read is behind: nothing to do.
    Superseded,
}

/// Reads the item that the guard of the put was lost to, or, when every answer was lost, a strong read.
pub fn issue(found: Option<&Challenge>, ours: &OtpId, now: Timestamp) -> Result<Issue, Unresolved> {
    let found = found.ok_or(Unresolved)?;
    if found.otp_id == *ours {
        return Ok(Issue::Issued);
    }
    match &found.code {
        Some(code) if code.is_worth_resending(now) => Ok(Issue::Live(found.send_id.clone())),
        // The guard holds on what was read: the put may still land.
        Some(_) | None if found.issued_at < now => Err(Unresolved),
        Some(_) | None => Ok(Issue::Superseded),
    }
}

/// What became of sending a live code again.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resend {
    /// The stream sends it.
    Resent,
    /// Another request sent it since, or it was used: nothing to do.
    Superseded,
}

/// Reads the item that the guard of the resend was lost to, or a strong read: `ours` is the delivery
/// that we wrote, `seen` the one that we meant to replace.
pub fn resend(
    found: Option<&Challenge>,
    ours: &SendId,
    seen: &SendId,
) -> Result<Resend, Unresolved> {
    match found {
        Some(found) if found.send_id == *ours => Ok(Resend::Resent),
        // The guard holds on what was read: the update may still land.
        Some(found) if found.send_id == *seen && found.code.is_some() => Err(Unresolved),
        Some(_) | None => Ok(Resend::Superseded),
    }
}

/// What became of counting an attempt.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Counted: the code may be compared once.
    Granted {
        /// The challenge that the code belongs to.
        otp_id: OtpId,
        /// What to compare with, and the key that it was derived under.
        code: LiveCode,
    },
    /// No code, an expired, used or newer one, or no attempts left.
    Refused,
}

/// Reads the item that DynamoDB returned with the count, or that a strong read found after every
/// answer was lost. The digest in it is handed out only with the attempt.
pub fn attempt(
    found: Option<Challenge>,
    nonce: &Nonce,
    now: Timestamp,
) -> Result<Attempt, Unresolved> {
    let Some(Challenge { otp_id, issued_at, code: Some(code), .. }) = found else {
        return Ok(Attempt::Refused);
    };
    if code.attempts.contains(nonce) {
        return Ok(Attempt::Granted { otp_id, code });
    }
    let is_of_its_time = code.expires_at > now && issued_at <= now.plus(ATTEMPT_REACH);
    // The guard holds on what was read: the count may still land.
    let is_open = is_of_its_time && code.attempts.len() < MAX_ATTEMPTS;
    if is_open { Err(Unresolved) } else { Ok(Attempt::Refused) }
}

/// What became of exchanging a code for a family.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redemption {
    /// The code is used, and used by us.
    Redeemed,
    /// Somebody else used it first.
    LostRace,
}

/// Reads the item that the guard of the commit was lost to, or a strong read. A newer code may have
/// taken the place of ours after our own lost answer: then nobody can tell.
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
    use crate::otp::LIFETIME;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn live(issued_at: Timestamp, attempts: &[&str]) -> Challenge {
        Challenge {
            otp_id: OtpId::stored("theirs"),
            issued_at,
            send_id: SendId::stored("send"),
            code: Some(LiveCode {
                digest: Digest::stored("digest"),
                expires_at: issued_at.plus(LIFETIME),
                key_id: "k".into(),
                channel: Channel::Email,
                attempts: attempts.iter().copied().map(Nonce::stored).collect(),
            }),
            used_by: None,
        }
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
        let at = |age| issue(Some(&live(seconds_ago(age), &[])), &ours, NOW);
        assert_eq!(at(150), Ok(Issue::Live(SendId::stored("send"))));
        assert_eq!(at(151), Err(Unresolved), "the guard held, so the put may still land");
        let spent = live(NOW.plus(Duration::from_millis(1)), &["1", "2", "3"]);
        assert_eq!(issue(Some(&spent), &ours, NOW), Ok(Issue::Superseded));
        assert_eq!(issue(Some(&live(NOW, &[])), &OtpId::stored("theirs"), NOW), Ok(Issue::Issued));
        assert_eq!(issue(None, &ours, NOW), Err(Unresolved));
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
        let decide = |found: Challenge| attempt(Some(found), &nonce, NOW);
        let counted = live(NOW, &["a", "b", "ours"]);
        let Some(code) = counted.code.clone() else { panic!("no code") };
        let granted = Attempt::Granted { otp_id: counted.otp_id.clone(), code };
        assert_eq!(decide(counted), Ok(granted));
        assert_eq!(decide(live(NOW, &["a", "b", "c"])), Ok(Attempt::Refused));
        assert_eq!(decide(live(NOW, &["a"])), Err(Unresolved));
        assert_eq!(decide(live(seconds_ago(300), &["a"])), Ok(Attempt::Refused));
        assert_eq!(decide(live(seconds_ago(-5), &["a"])), Err(Unresolved));
        assert_eq!(decide(live(seconds_ago(-6), &["a"])), Ok(Attempt::Refused));
        assert_eq!(decide(used("x")), Ok(Attempt::Refused));
        assert_eq!(attempt(None, &nonce, NOW), Ok(Attempt::Refused));
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
