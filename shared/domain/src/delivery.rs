//! What became of the newest send of a code.

use crate::time::Timestamp;

/// What became of a send, as far as Postern knows: SES and SNS accept a message, and may lose it later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// How the send ended.
    pub state: State,
    /// When the delivery began. A delivery that the stream repeats begins later.
    pub at: Timestamp,
    /// The id that SES or SNS gave an accepted message. Their events and logs name it.
    pub message_id: Option<String>,
    /// The error code of SES or SNS, which names no recipient.
    pub error: Option<String>,
}

/// How a send ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// SES or SNS took the message.
    Accepted,
    /// SES or SNS refused the message for good.
    Undeliverable,
    /// SES or SNS failed. The stream delivers the change again, twice at most, while the code lives.
    Retrying,
    /// The organization is a sandbox, whose codes aren't sent.
    Sandbox,
    /// The organization's SMS of the day are used up.
    Capped,
    /// No user has the address or number.
    Unknown,
    /// The user is disabled.
    Disabled,
    /// The organization is disabled, deleted, or a sandbox that ended.
    NoOrganization,
    /// The code expired before the stream came to it.
    Expired,
    /// An operator dropped the key of the code.
    KeyDropped,
}

impl State {
    /// All states.
    pub const ALL: [Self; 10] = [
        Self::Accepted,
        Self::Undeliverable,
        Self::Retrying,
        Self::Sandbox,
        Self::Capped,
        Self::Unknown,
        Self::Disabled,
        Self::NoOrganization,
        Self::Expired,
        Self::KeyDropped,
    ];

    /// The word in items and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Undeliverable => "undeliverable",
            Self::Retrying => "retrying",
            Self::Sandbox => "sandbox",
            Self::Capped => "capped",
            Self::Unknown => "unknown",
            Self::Disabled => "disabled",
            Self::NoOrganization => "noOrganization",
            Self::Expired => "expired",
            Self::KeyDropped => "keyDropped",
        }
    }

    /// Reads the word in items.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_reads_as_it_is_written() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        assert_eq!(State::parse("sent"), None);
    }
}
