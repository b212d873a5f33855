//! Ids of requests.

use std::fmt;

const LONGEST: usize = 64;

/// The id of a request: API Gateway's, Lambda's, or one that a surface generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

/// The text is not the id of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of a request has 1 to 64 visible ASCII characters")]
pub struct InvalidRequestId;

impl RequestId {
    /// Accepts 1 to 64 visible ASCII characters.
    pub fn parse(text: &str) -> Result<Self, InvalidRequestId> {
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        let is_valid = (1..=LONGEST).contains(&text.len()) && is_visible;
        is_valid.then(|| Self(text.to_owned())).ok_or(InvalidRequestId)
    }

    /// The text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_visible_word() {
        for text in ["JKJaXmPLvHcESHA=", "req_1767323045678_abc", &"x".repeat(64)] {
            assert_eq!(RequestId::parse(text).map(|id| id.to_string()).as_deref(), Ok(text));
        }
        for text in ["", " ", "two words", "a\n", "é", &"x".repeat(65)] {
            assert_eq!(RequestId::parse(text), Err(InvalidRequestId), "{text:?}");
        }
    }
}
