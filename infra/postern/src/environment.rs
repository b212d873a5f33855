//! The environment variables of functions, completed with region and credentials from the places where
//! AWS's tools look for them: variables, profiles, single sign-on, a role.

use aws_config::BehaviorVersion;
use aws_config::meta::region::RegionProviderChain;
use aws_credential_types::provider::ProvideCredentials as _;
use runtime::config::Config;

use crate::failure::{Failure, Result, usage};

/// A handshake from an operator's machine takes longer than within a region.
const ATTEMPT_TIMEOUT_MS: &str = "3000";

/// The suffixes of `AWS_ENDPOINT_URL`, one for each service whose address can be replaced.
const SERVICES: [&str; 6] =
    ["", "_CLOUDFORMATION", "_DYNAMODB", "_SECRETS_MANAGER", "_SES", "_SNS"];

/// The environment of the process, completed.
pub(crate) async fn complete() -> Result<Config> {
    let config = Config::from_environment();
    check_addresses(&config)?;
    let mut found = Vec::new();
    let mut add = |name: &str, value: &str| found.push((name.to_owned(), value.to_owned()));
    if config.optional("ATTEMPT_TIMEOUT_MS").is_none() {
        add("ATTEMPT_TIMEOUT_MS", ATTEMPT_TIMEOUT_MS);
    }
    if config.optional("AWS_REGION").is_none() {
        let region = RegionProviderChain::default_provider().region().await;
        let Some(region) = region else {
            return usage("the AWS region is not set: set AWS_REGION, or run `aws configure`");
        };
        add("AWS_REGION", region.as_ref());
    }
    let is_given = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    if is_given.iter().any(|name| config.optional(name).is_none()) {
        let credentials = credentials().await?;
        add("AWS_ACCESS_KEY_ID", credentials.access_key_id());
        add("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key());
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

async fn credentials() -> Result<aws_credential_types::Credentials> {
    let http_client = runtime::http_client::http_client();
    let loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http_client);
    let not_found = || {
        let why = "AWS credentials not found: run `aws sso login` or `aws configure`; for the \
                   local stack, run `set -a; . .local/env`";
        Failure::Usage(why.to_owned())
    };
    let provider = loader.load().await.credentials_provider().ok_or_else(not_found)?;
    provider.provide_credentials().await.map_err(|_| not_found())
}
