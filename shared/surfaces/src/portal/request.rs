//! Fields that several endpoints of the portal accept.

use domain::idempotency_key::IdempotencyKey;
use domain::identifier::{Email, Identifier, Phone};
use domain::otp::{Channel, Code};
use domain::token::refresh::RefreshToken;
use runtime::http::{self, Request};
use serde_json::{Map, Value};

use super::issue::Issue;
use super::refusal::Refusal;

/// The fields of a body. Unknown ones are ignored; null is none.
pub struct Fields(Map<String, Value>);

impl Fields {
    pub fn of(request: &Request) -> Result<Self, Refusal> {
        Ok(Self(http::json(request)?))
    }

    fn some_text(&self, name: &str, issue: Issue) -> Result<Option<&str>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::Validation(issue)),
        }
    }

    fn text(&self, name: &str, issue: Issue) -> Result<&str, Refusal> {
        self.some_text(name, issue)?.ok_or(Refusal::Validation(issue))
    }

    /// The recipient of a code, normalised: exactly one of `email` and `phoneNumber`.
    pub fn recipient(&self) -> Result<Identifier, Refusal> {
        let email = self.some_text("email", Issue::EMAIL)?;
        let phone = self.some_text("phoneNumber", Issue::PHONE)?;
        let (identifier, issue) = match (email, phone) {
            (Some(email), None) => (Email::parse(email).map(Identifier::Email), Issue::EMAIL),
            (None, Some(phone)) => (Phone::parse(phone).map(Identifier::Phone), Issue::PHONE),
            (Some(_), Some(_)) | (None, None) => {
                return Err(Refusal::Validation(Issue::RECIPIENT));
            }
        };
        identifier.map_err(|_| Refusal::Validation(issue))
    }

    /// The `channel`, which must match the recipient: an SMS can't go to an email address.
    pub fn channel_for(&self, recipient: &Identifier) -> Result<Channel, Refusal> {
        let channel = self.text("channel", Issue::CHANNEL)?;
        match (recipient, Channel::parse(channel)) {
            (Identifier::Email(_), Some(Channel::Email)) => Ok(Channel::Email),
            (Identifier::Phone(_), Some(Channel::Sms)) => Ok(Channel::Sms),
            (Identifier::Email(_) | Identifier::Phone(_) | Identifier::Username(_), _) => {
                Err(Refusal::Validation(Issue::CHANNEL))
            }
        }
    }

    /// The `code`.
    pub fn code(&self) -> Result<Code, Refusal> {
        let code = self.text("code", Issue::CODE)?;
        Code::parse(code).map_err(|_| Refusal::Validation(Issue::CODE))
    }

    /// The refresh token. The contract's details spell the field as RFC 6749 §6 does; its overview has
    /// no field name. So the spelling of the answers is accepted, too, but not both at once.
    pub fn refresh_token(&self) -> Result<RefreshToken, Refusal> {
        const SPELLINGS: [&str; 2] = ["refresh_token", "refreshToken"];
        let issue = Issue::REFRESH_TOKEN;
        let mut spelt = SPELLINGS.into_iter().filter(|name| self.0.contains_key(*name));
        let (Some(name), None) = (spelt.next(), spelt.next()) else {
            return Err(Refusal::Validation(issue));
        };
        let token = self.text(name, issue)?.to_owned();
        RefreshToken::presented(token).ok_or(Refusal::Validation(issue))
    }
}

/// The idempotency key, if the request has one. An invalid or a repeated header is refused: if it were
/// ignored, the client would believe that a retry is safe.
pub fn idempotency_key(request: &Request) -> Result<Option<IdempotencyKey>, Refusal> {
    let mut values = request.headers().get_all("idempotency-key").iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().ok().filter(|_| values.next().is_none());
    let key = text.and_then(|text| IdempotencyKey::parse(text).ok());
    key.map(Some).ok_or(Refusal::Validation(Issue::IDEMPOTENCY_KEY))
}
