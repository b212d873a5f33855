//! The items of the tables, with the attributes that `store` writes.

use domain::decide::{Challenge, Family, KeyedSend, LiveCode, Revocation, RevocationReason};
use domain::otp::Channel;
use domain::secret::Digest;

use crate::author::Author;
use crate::id::{CallId, Code, Delivery, FamilyId, KeyName, Kid, Seconds, Tally, Token, timestamp};
use crate::shelf::Shelf;

/// All stored items.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Tables {
    /// `OTP#…` of the identity.
    pub(crate) otp: Option<Otp>,
    /// `OTP#…` of the user's second identity.
    pub(crate) second_otp: Option<Otp>,
    /// `COUNT#source#…` of the source and its hour.
    pub(crate) source: Option<Counter>,
    /// `ORG#…`: validAfter.
    pub(crate) valid_after: Option<Seconds>,
    /// `ORG#…`: by.
    pub(crate) fenced_by: Option<Author>,
    /// `COUNT#send#…#<window>`.
    pub(crate) counters: Shelf<i64, Counter>,
    /// `FAM#…`.
    pub(crate) families: Shelf<FamilyId, FamilyItem>,
    /// `RT#…`.
    pub(crate) pointers: Shelf<Token, Pointer>,
    /// `USER#…` of the user.
    pub(crate) user: Option<User>,
    /// `IDENT#…`: leads to the user.
    pub(crate) identity: Option<Identity>,
}

impl Tables {
    /// The item of the code of one of the user's identities.
    pub(crate) fn otp(&self, is_second: bool) -> Option<&Otp> {
        if is_second { self.second_otp.as_ref() } else { self.otp.as_ref() }
    }

    pub(crate) fn otps(&self) -> impl Iterator<Item = &Otp> {
        self.otp.iter().chain(&self.second_otp)
    }

    pub(crate) fn otp_mut(&mut self, is_second: bool) -> &mut Option<Otp> {
        if is_second { &mut self.second_otp } else { &mut self.otp }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Otp {
    pub(crate) code: Code,
    pub(crate) issued_at: Seconds,
    pub(crate) delivery: Delivery,
    /// codeHash, expiresAt and attempts, which are set and removed together.
    pub(crate) live: Option<Live>,
    pub(crate) used_by: Option<Token>,
    /// sentFor and sentAt.
    pub(crate) keyed: Option<(KeyName, Seconds)>,
    pub(crate) ttl: Option<Seconds>,
    pub(crate) by: Option<Author>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Live {
    pub(crate) expires_at: Seconds,
    pub(crate) attempts: Tally,
}

impl Otp {
    /// The item as a domain type.
    pub(crate) fn challenge(&self) -> Challenge {
        Challenge {
            otp_id: self.code.otp_id(),
            issued_at: timestamp(self.issued_at),
            send_id: self.delivery.send_id(),
            code: self.live.as_ref().map(|live| LiveCode {
                digest: Digest::stored(""),
                expires_at: timestamp(live.expires_at),
                key_id: String::new(),
                channel: Channel::Email,
                attempts: live.attempts.nonces(),
            }),
            used_by: self.used_by.map(Token::digest),
            keyed: self.keyed.map(|(name, at)| KeyedSend { key: name.digest(), at: timestamp(at) }),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Counter {
    pub(crate) seen: Tally,
    pub(crate) ttl: Option<Seconds>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FamilyItem {
    /// Missing only in a ghost: an item that an update created because its guard didn't check for one.
    pub(crate) current: Option<Token>,
    pub(crate) previous: Option<Token>,
    pub(crate) rotated_at: Option<Seconds>,
    pub(crate) expires_at: Seconds,
    pub(crate) kid: Option<Kid>,
    pub(crate) last_key: Option<KeyName>,
    pub(crate) revoked: Option<Reason>,
    pub(crate) ttl: Option<Seconds>,
    pub(crate) by: Option<Author>,
    pub(crate) revoked_by: Option<CallId>,
}

impl FamilyItem {
    /// The item that an update creates if none exists.
    pub(crate) const GHOST: Self = Self {
        current: None,
        previous: None,
        rotated_at: None,
        expires_at: 0,
        kid: None,
        last_key: None,
        revoked: None,
        ttl: None,
        by: None,
        revoked_by: None,
    };

    /// The item as a domain type. No decision uses the time of a revocation, so the model leaves it out.
    pub(crate) fn family(&self) -> Family {
        let reason = self.revoked.map(Reason::domain);
        Family {
            current: self.current.map_or_else(|| Digest::stored(""), Token::digest),
            previous: self.previous.map(Token::digest),
            rotated_at: self.rotated_at.map(timestamp),
            expires_at: timestamp(self.expires_at),
            kid: self.kid.map(Kid::text),
            last_key: self.last_key.map(KeyName::digest),
            revoked: reason.map(|reason| Revocation { at: timestamp(0), reason }),
        }
    }
}

/// A [`RevocationReason`] that can be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reason {
    Logout,
    Reuse,
    User,
}

impl Reason {
    fn domain(self) -> RevocationReason {
        match self {
            Self::Logout => RevocationReason::Logout,
            Self::Reuse => RevocationReason::Reuse,
            Self::User => RevocationReason::User,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pointer {
    pub(crate) family: FamilyId,
    pub(crate) created_at: Seconds,
    pub(crate) ends_at: Seconds,
    pub(crate) ttl: Option<Seconds>,
    pub(crate) by: Option<Author>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct User {
    pub(crate) disabled: bool,
    pub(crate) sessions_valid_after: Option<Seconds>,
    pub(crate) by: Option<Author>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    pub(crate) deleted_by: Option<CallId>,
}
