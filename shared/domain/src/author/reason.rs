//! Why an operator makes a change.

use std::fmt;

use crate::text::{self, InvalidName};

/// How many characters a reason may have.
pub const LONGEST_REASON: usize = text::LONGEST_NAME;

/// The text is not a reason. The error doesn't quote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReason {
    /// Nothing that can be seen.
    #[error("the reason is empty")]
    Blank,
    /// It is too long, or has a control or an invisible character in it.
    #[error(transparent)]
    Text(InvalidName),
}

/// A reason: one line, 1 to 200 characters. It is stored with what it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// Parses a reason, without the white space around it.
    pub fn parse(text: &str) -> Result<Self, InvalidReason> {
        text::name(text).map(Self).map_err(|error| match error {
            InvalidName::Blank => InvalidReason::Blank,
            error => InvalidReason::Text(error),
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_of_at_most_200_characters() {
        assert_eq!(Reason::parse(" ticket 1 ").unwrap().to_string(), "ticket 1");
        assert!(Reason::parse(&"é".repeat(LONGEST_REASON)).is_ok());
        let refused = |text: &str| Reason::parse(text).unwrap_err().to_string();
        assert_eq!(refused(" \t"), "the reason is empty");
        assert_eq!(refused(&"é".repeat(201)), "it has more than 200 characters");
        assert_eq!(refused("a\nb"), "U+000A, a control character, stands inside");
        assert_eq!(refused("a\u{200b}b"), "U+200B, an invisible character, stands inside");
    }
}
