//! What `FilterLogEvents` asks for, and a page of its answer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::pattern::Pattern;

/// How many events a page has at most.
pub(crate) const MAXIMUM_EVENTS: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) streams: Streams,
    /// In milliseconds, both inclusive.
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) pattern: Pattern,
    pub(crate) limit: usize,
    /// Where the page before ended.
    pub(crate) after: Option<Position>,
}

#[derive(Debug)]
pub(crate) enum Streams {
    All,
    Prefix(String),
    These(Vec<String>),
}

impl Streams {
    pub(crate) fn have(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Prefix(prefix) => name.starts_with(prefix),
            Self::These(names) => names.iter().any(|own| own == name),
        }
    }
}

/// The place of an event among those of its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) timestamp: i64,
    /// Events of one instant are in the order in which they came.
    pub(crate) number: u64,
}

impl Position {
    pub(crate) fn token(self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}/{}", self.timestamp, self.number))
    }

    pub(crate) fn of_token(token: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let (timestamp, number) = text.split_once('/')?;
        Some(Self { timestamp: timestamp.parse().ok()?, number: number.parse().ok()? })
    }
}

/// A page, which may be empty although more follow.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) events: Vec<Found>,
    pub(crate) next: Option<Position>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Found {
    pub(crate) event_id: String,
    pub(crate) log_stream_name: String,
    pub(crate) timestamp: i64,
    pub(crate) ingestion_time: i64,
    pub(crate) message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_a_position_and_another_text_none() {
        let position = Position { timestamp: 1_700_000_000_000, number: 7 };
        assert_eq!(Position::of_token(&position.token()), Some(position));
        for token in ["", "a", "ü", &URL_SAFE_NO_PAD.encode("1"), &URL_SAFE_NO_PAD.encode("a/b")] {
            assert_eq!(Position::of_token(token), None, "{token}");
        }
    }
}
