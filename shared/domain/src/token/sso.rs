//! The access token of the identity provider: opaque, stored only as a digest.

use std::time::Duration;

use crate::entropy;
use crate::secret::{Digest, Secret};

/// How long a token is valid, unless the deployment says otherwise. Clients use one token and sign in
/// again once it is refused.
pub const DEFAULT_LIFETIME: Duration = Duration::from_hours(24);

/// The length of the contract's example: 250 bits.
const LENGTH: usize = 42;

/// A longer text is refused without looking it up.
const MAX_PRESENTED: usize = 256;

/// An access token that we issue, or that a caller presents.
#[derive(Clone, Debug)]
pub struct AccessToken(Secret);

impl AccessToken {
    /// Generates a token: 42 letters and digits from the system's random source, safe in a path.
    pub fn random() -> Self {
        Self(Secret::new(entropy::alphanumeric(LENGTH)))
    }

    /// The token that a caller presents: 1 to 256 characters of any kind, since only their digest is
    /// looked up.
    pub fn presented(text: &str) -> Option<Self> {
        let is_token = !text.is_empty() && text.chars().count() <= MAX_PRESENTED;
        is_token.then(|| Self(Secret::new(text)))
    }

    /// The only way to the text.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// base64(SHA3-512(token)), the only form that is stored.
    pub fn digest(&self) -> Digest {
        self.0.digest()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_42_letters_and_digits_and_is_never_made_twice() {
        let (one, two) = (AccessToken::random(), AccessToken::random());
        assert_eq!(one.expose().len(), 42);
        assert!(one.expose().bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_ne!(one.expose(), two.expose());
        assert_eq!(one.digest().as_str().len(), 88);
        assert!(!format!("{one:?}").contains(one.expose()));
    }

    #[test]
    fn text_of_up_to_256_characters_may_be_a_token() {
        for text in ["x", "a b#c/d", "ü\u{0}", &"☃".repeat(256)] {
            assert!(AccessToken::presented(text).is_some(), "{text}");
        }
        assert!(AccessToken::presented("").is_none());
        assert!(AccessToken::presented(&"x".repeat(257)).is_none());
    }
}
