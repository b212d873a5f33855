//! How long an access token lives.

use std::time::Duration;

use domain::token::sso::DEFAULT_LIFETIME;
use runtime::config::Config;

/// `SSO_TOKEN_SECONDS`, or a day.
pub fn token_lifetime(config: &Config) -> anyhow::Result<Duration> {
    config.seconds("SSO_TOKEN_SECONDS", DEFAULT_LIFETIME)
}
