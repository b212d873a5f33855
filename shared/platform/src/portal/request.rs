//! Fields that several of the portal's endpoints take.

use domain::identifier::{Email, Identifier, Phone};
use domain::token::refresh::RefreshToken;
use serde::Deserialize;

use super::PortalError;

/// Whom a code is for: exactly one of `email` and `phoneNumber`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Addressee {
    email: Option<String>,
    phone_number: Option<String>,
}

impl Addressee {
    /// The one identifier, normalised.
    ///
    /// # Errors
    /// `Validation` for none, both, or one that is not of its kind.
    pub fn identifier(&self) -> Result<Identifier, PortalError> {
        let identifier = match (&self.email, &self.phone_number) {
            (Some(email), None) => Email::parse(email).map(Identifier::Email),
            (None, Some(phone)) => Phone::parse(phone).map(Identifier::Phone),
            _ => return Err(PortalError::Validation),
        };
        identifier.map_err(|_| PortalError::Validation)
    }
}

/// A refresh token in a body. The contract spells the field as RFC 6749 §6 does; its overview names
/// none, so the spelling of the answers is taken too, but not both at once.
#[derive(Deserialize)]
pub struct Presented {
    #[serde(alias = "refreshToken")]
    refresh_token: String,
}

impl Presented {
    /// The token.
    ///
    /// # Errors
    /// `Validation` for an empty one.
    pub fn token(self) -> Result<RefreshToken, PortalError> {
        RefreshToken::presented(self.refresh_token).ok_or(PortalError::Validation)
    }
}
