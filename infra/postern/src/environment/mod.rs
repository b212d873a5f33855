//! The environment variables of functions, completed with region and credentials from the places where
//! AWS's tools look for them: variables, profiles, single sign-on, a role.

mod profile;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::ProvideCredentials as _;
use runtime::config::Config;

use self::profile::Profile;
use crate::failure::{Result, usage};

/// A handshake from an operator's machine takes longer than within a region.
const ATTEMPT_TIMEOUT_MS: &str = "3000";

const KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const KEY: &str = "AWS_SECRET_ACCESS_KEY";
const REGIONS: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The suffixes of `AWS_ENDPOINT_URL`, one for each service whose address can be replaced.
pub(crate) const SERVICES: [&str; 11] = [
    "",
    "_CLOUDFORMATION",
    "_CLOUDWATCH",
    "_CLOUDWATCH_LOGS",
    "_DYNAMODB",
    "_LAMBDA",
    "_SECRETS_MANAGER",
    "_SES",
    "_SNS",
    "_SQS",
    "_STS",
];

/// The environment of the process, completed.
pub(crate) async fn complete() -> Result<Config> {
    let config = Config::from_environment();
    check_addresses(&config)?;
    let mut found = Vec::new();
    let mut add = |name: &str, value: &str| found.push((name.to_owned(), value.to_owned()));
    if config.optional("ATTEMPT_TIMEOUT_MS").is_none() {
        add("ATTEMPT_TIMEOUT_MS", ATTEMPT_TIMEOUT_MS);
    }
    let region = REGIONS.iter().find_map(|name| config.optional(name));
    let has_credentials = [KEY_ID, KEY].iter().all(|name| config.optional(name).is_some());
    if let Some(region) = region {
        add("AWS_REGION", region);
        if has_credentials {
            return Ok(config.with(found));
        }
    }
    let profile = Profile::selected(&config).await?;
    let http_client = runtime::http_client::http_client();
    let loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http_client);
    let loader = match region {
        Some(region) => loader.region(Region::new(region.to_owned())),
        None => loader,
    };
    let sources = loader.load().await;
    if region.is_none() {
        match sources.region().map(AsRef::as_ref).filter(|region: &&str| !region.trim().is_empty())
        {
            Some(region) => add("AWS_REGION", region),
            None => return usage(profile.without_region()),
        }
    }
    if !has_credentials {
        let Some(provider) = sources.credentials_provider() else {
            return usage(profile.without_credentials());
        };
        let credentials = provider.provide_credentials().await;
        let credentials = credentials.map_err(|error| profile.failure(&error))?;
        add(KEY_ID, credentials.access_key_id());
        add(KEY, credentials.secret_access_key());
        add("AWS_SESSION_TOKEN", credentials.session_token().unwrap_or_default());
    }
    Ok(config.with(found))
}

/// Checks the endpoint URLs. Without this check, the SDK would report an invalid one as a service that
/// doesn't answer.
fn check_addresses(config: &Config) -> Result<()> {
    for service in SERVICES {
        let name = format!("AWS_ENDPOINT_URL{service}");
        let Some(address) = config.optional(&name) else { continue };
        let rest = address.strip_prefix("http://").or_else(|| address.strip_prefix("https://"));
        if rest.is_none_or(|rest| rest.is_empty() || rest.contains(char::is_whitespace)) {
            return usage(format!(
                "the environment variable {name} is not an http:// or https:// URL"
            ));
        }
    }
    Ok(())
}
