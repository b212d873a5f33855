//! Fields that several endpoints of the portal accept.

use domain::idempotency_key::IdempotencyKey;
use domain::identifier::{Email, Identifier, Phone};
use domain::token::refresh::RefreshToken;
use runtime::http::Request;
use serde::Deserialize;

use super::refusal::Refusal;

/// The recipient of a code: exactly one of `email` and `phoneNumber`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipient {
    email: Option<String>,
    phone_number: Option<String>,
}

impl Recipient {
    /// The identifier, normalised.
    pub fn identifier(&self) -> Result<Identifier, Refusal> {
        let identifier = match (&self.email, &self.phone_number) {
            (Some(email), None) => Email::parse(email).map(Identifier::Email),
            (None, Some(phone)) => Phone::parse(phone).map(Identifier::Phone),
            (Some(_), Some(_)) | (None, None) => return Err(Refusal::Validation),
        };
        identifier.map_err(|_| Refusal::Validation)
    }
}

/// A refresh token in a body. The contract's details spell the field as RFC 6749 §6 does; its overview
/// has no field name. So the spelling of the answers is accepted, too, but not both at once.
#[derive(Deserialize)]
pub struct Presented {
    #[serde(alias = "refreshToken")]
    refresh_token: String,
}

impl Presented {
    pub fn token(self) -> Result<RefreshToken, Refusal> {
        RefreshToken::presented(self.refresh_token).ok_or(Refusal::Validation)
    }
}

/// The idempotency key, if the request has one. An invalid or a repeated header is refused: if it were
/// ignored, the client would believe that a retry is safe.
pub fn idempotency_key(request: &Request) -> Result<Option<IdempotencyKey>, Refusal> {
    let mut values = request.headers().get_all("idempotency-key").iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().ok().filter(|_| values.next().is_none());
    let key = text.ok_or(Refusal::Validation)?;
    IdempotencyKey::parse(key).map(Some).map_err(|_| Refusal::Validation)
}
