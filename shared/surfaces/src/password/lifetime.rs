//! How long a token lives.

use std::time::Duration;

use domain::token::password::DEFAULT_LIFETIME;
use runtime::config::Config;

/// `PASSWORD_TOKEN_SECONDS`, or an hour.
pub fn token_lifetime(config: &Config) -> anyhow::Result<Duration> {
    config.seconds("PASSWORD_TOKEN_SECONDS", DEFAULT_LIFETIME)
}
