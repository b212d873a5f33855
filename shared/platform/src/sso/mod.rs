//! The identity provider: a client's pair and a user's email and password give an access token, and
//! every client that may can ask whose it is.

mod client;
mod error;
mod login;
mod roster;

use std::time::Duration;

use domain::token::sso::{AccessToken, DEFAULT_LIFETIME};
use lambda_http::Request;

pub use self::client::Clients;
pub use self::error::SsoError;
pub use self::login::{Login, Logins};
pub use self::roster::{NewClient, NewUser, Registry, Roster};
use crate::config::Config;
use crate::http;

/// Life of a token: `SSO_TOKEN_SECONDS`, or a day.
///
/// # Errors
/// The variable is not a whole number above zero.
pub fn token_lifetime(config: &Config) -> anyhow::Result<Duration> {
    config.seconds("SSO_TOKEN_SECONDS", DEFAULT_LIFETIME)
}

/// The access token in a request's path, which API Gateway has decoded, once.
///
/// # Errors
/// `TokenRefused` for what can be none.
pub fn access_token(request: &Request) -> Result<AccessToken, SsoError> {
    let token = http::path_parameter(request, "access_token").and_then(AccessToken::presented);
    token.ok_or(SsoError::TokenRefused)
}
