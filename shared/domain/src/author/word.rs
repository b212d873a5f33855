//! The words in the name of an author.

use std::fmt;

/// The first word of an operator's name. No function has this name.
pub(super) const OPERATOR: &str = "operator";

/// The text is not such a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{expected} expected")]
pub struct InvalidWord {
    expected: &'static str,
}

macro_rules! word {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $longest:literal, $is_valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// Parses the word.
            pub fn parse(text: &str) -> Result<Self, InvalidWord> {
                let is_valid: fn(&str) -> bool = $is_valid;
                let is_of_length = (1..=$longest).contains(&text.len());
                let is_valid = is_of_length && is_valid(text);
                is_valid.then(|| Self(text.to_owned())).ok_or(InvalidWord { expected: $expected })
            }

            /// The word.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

word!(
    /// A function, by the name of its folder in `functions`.
    FunctionName,
    "the name of a function",
    64,
    |text| text != OPERATOR
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
);

word!(
    /// The Amazon Resource Name of a caller. A user's may have a path of 512 characters.
    Arn,
    "an ARN",
    1000,
    |text| text.starts_with("arn:") && text.bytes().all(|byte| byte.is_ascii_graphic())
);
