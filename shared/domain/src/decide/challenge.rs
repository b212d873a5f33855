//! The life of a one-time code: issued, claimed up to three times, redeemed once.

use std::collections::BTreeSet;

use crate::id::{Nonce, OtpId, SendId};
use crate::otp::{CLAIM_REACH, Channel, MAX_ATTEMPTS, RESEND_FLOOR};
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
    pub claims: BTreeSet<Nonce>,
}

impl LiveCode {
    /// Whether the same code should be sent again: enough life and an attempt left.
    #[must_use]
    pub fn is_worth_resending(&self, now: Timestamp) -> bool {
        self.expires_at >= now.plus(RESEND_FLOOR) && self.claims.len() < MAX_ATTEMPTS
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
    /// Not there yet, but a late copy of the write may still put it.
    Unresolved,
}

/// Reads the item that the guard of the put was lost to, or, when every answer was lost, a strong read.
pub fn issue(found: Option<&Challenge>, ours: &OtpId, now: Timestamp) -> Issue {
    let Some(found) = found else { return Issue::Unresolved };
    if found.otp_id == *ours {
        return Issue::Issued;
    }
    match &found.code {
        Some(code) if code.is_worth_resending(now) => Issue::Live(found.send_id.clone()),
        // The guard holds on what was read: the put may still land.
        _ if found.issued_at < now => Issue::Unresolved,
        _ => Issue::Superseded,
    }
}

/// What became of claiming one attempt.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Counted: the code may be compared once.
    Granted,
    /// No code, an expired, used or newer one, or no attempts left.
    Refused,
    /// Not counted yet, but a late copy of the write may still count it.
    Unresolved,
}

/// Reads the item that a strong read found after every answer of the claim was lost.
///
/// The digest in it may be compared only when this says [`Claim::Granted`].
pub fn claim(found: Option<&Challenge>, nonce: &Nonce, now: Timestamp) -> Claim {
    let Some(Challenge { issued_at, code: Some(code), .. }) = found else { return Claim::Refused };
    let claimed = code.claims.contains(nonce);
    let is_of_its_time = code.expires_at > now && *issued_at <= now.plus(CLAIM_REACH);
    let open = is_of_its_time && code.claims.len() < MAX_ATTEMPTS;
    match (claimed, open) {
        (true, _) => Claim::Granted,
        (false, true) => Claim::Unresolved,
        (false, false) => Claim::Refused,
    }
}

/// What became of exchanging a code for a family.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redemption {
    /// The code is used, and used by us.
    Redeemed,
    /// Somebody else used it first.
    LostRace,
    /// A newer code took its place, perhaps after our own lost answer; or nothing has happened yet.
    Unresolved,
}

/// Reads the item that the guard of the commit was lost to, or a strong read.
pub fn redemption(found: Option<&Challenge>, compared: &OtpId, ours: &Digest) -> Redemption {
    match found {
        Some(found) if found.otp_id == *compared => match &found.used_by {
            Some(used_by) if used_by == ours => Redemption::Redeemed,
            Some(_) => Redemption::LostRace,
            None => Redemption::Unresolved,
        },
        _ => Redemption::Unresolved,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::otp::LIFETIME;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn live(issued_at: Timestamp, claims: &[&str]) -> Challenge {
        Challenge {
            otp_id: OtpId::stored("theirs"),
            issued_at,
            send_id: SendId::stored("send"),
            code: Some(LiveCode {
                digest: Digest::stored("digest"),
                expires_at: issued_at.plus(LIFETIME),
                key_id: "k".into(),
                channel: Channel::Email,
                claims: claims.iter().copied().map(Nonce::stored).collect(),
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
        assert_eq!(at(150), Issue::Live(SendId::stored("send")));
        assert_eq!(at(151), Issue::Unresolved, "the guard held, so the put may still land");
        let spent = live(NOW.plus(Duration::from_millis(1)), &["1", "2", "3"]);
        assert_eq!(issue(Some(&spent), &ours, NOW), Issue::Superseded);
        assert_eq!(issue(Some(&live(NOW, &[])), &OtpId::stored("theirs"), NOW), Issue::Issued);
        assert_eq!(issue(None, &ours, NOW), Issue::Unresolved);
    }

    #[test]
    fn a_claim_is_ours_only_with_our_nonce() {
        let nonce = Nonce::stored("ours");
        assert_eq!(claim(Some(&live(NOW, &["a", "b", "ours"])), &nonce, NOW), Claim::Granted);
        assert_eq!(claim(Some(&live(NOW, &["a", "b", "c"])), &nonce, NOW), Claim::Refused);
        assert_eq!(claim(Some(&live(NOW, &["a"])), &nonce, NOW), Claim::Unresolved);
        assert_eq!(claim(Some(&live(seconds_ago(300), &["a"])), &nonce, NOW), Claim::Refused);
        assert_eq!(claim(Some(&live(seconds_ago(-5), &["a"])), &nonce, NOW), Claim::Unresolved);
        assert_eq!(claim(Some(&live(seconds_ago(-6), &["a"])), &nonce, NOW), Claim::Refused);
        assert_eq!(claim(Some(&used("x")), &nonce, NOW), Claim::Refused);
        assert_eq!(claim(None, &nonce, NOW), Claim::Refused);
    }

    #[test]
    fn a_code_is_redeemed_by_whoever_its_tombstone_names() {
        let (otp, ours) = (OtpId::stored("theirs"), Digest::stored("ours"));
        assert_eq!(redemption(Some(&used("ours")), &otp, &ours), Redemption::Redeemed);
        assert_eq!(redemption(Some(&used("other")), &otp, &ours), Redemption::LostRace);
        assert_eq!(redemption(Some(&live(NOW, &[])), &otp, &ours), Redemption::Unresolved);
        let newer = OtpId::stored("newer");
        assert_eq!(redemption(Some(&used("other")), &newer, &ours), Redemption::Unresolved);
        assert_eq!(redemption(None, &otp, &ours), Redemption::Unresolved);
    }
}
