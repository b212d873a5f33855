//! The password surface: user name and password of an organization give a token for one API.

mod api;
mod authentication;
pub mod cookie;
mod error;
mod tenant;

use std::time::Duration;

use domain::token::password::DEFAULT_LIFETIME;

pub use self::api::Apis;
pub use self::authentication::{Authentication, Presented, Principal};
pub use self::error::PasswordError;
pub use self::tenant::{Tenants, organization_id};
use crate::config::Config;

/// Life of a token: `PASSWORD_TOKEN_SECONDS`, or an hour.
///
/// # Errors
/// The variable is not a whole number above zero.
pub fn token_lifetime(config: &Config) -> anyhow::Result<Duration> {
    config.seconds("PASSWORD_TOKEN_SECONDS", DEFAULT_LIFETIME)
}
