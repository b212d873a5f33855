//! Clients of the four AWS services, built once, in INIT, from Lambda's own environment variables:
//! no credential chain, no region chain, one TLS stack, a trust store of five roots.

use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Context as _;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, IdentityCache, Region, StalledStreamProtectionConfig,
};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use domain::token::signing::SigningRing;

use crate::config::Config;
use crate::keys::{KeyRings, SecretText};
use crate::store::{
    Challenges, Organizations, Partners, Sessions, SsoClients, SsoTokens, SsoUsers, Table, Users,
};

const FIRST_BACKOFF: Duration = Duration::from_millis(20);

/// How often and for how long a service is asked.
#[derive(Clone, Copy)]
struct Patience {
    attempt: Duration,
    attempts: u32,
}

/// A caller is waiting, and asking twice does no harm.
const QUICK: Patience = Patience { attempt: Duration::from_millis(500), attempts: 4 };

/// Nobody waits, and asking twice may send twice: the stream asks again when there was no answer.
const PATIENT: Patience = Patience { attempt: Duration::from_secs(5), attempts: 1 };

/// Amazon Trust Services' roots: every AWS endpoint chains to one of them. Parsing the system's
/// hundred and forty took half of a function's start-up.
const TRUSTED_ROOTS: &str = include_str!("../roots.pem");

/// Everything that a function needs to reach AWS.
#[derive(Clone)]
pub struct Aws {
    config: Config,
    region: String,
    credentials: Credentials,
    http_client: SharedHttpClient,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    secrets_manager: OnceLock<aws_sdk_secretsmanager::Client>,
    quick: Patience,
    patient: Patience,
}

impl Aws {
    /// Reads the environment and builds the one HTTP client that all SDK clients share.
    ///
    /// # Errors
    /// A variable that Lambda always sets is missing, or the trust store can't be parsed.
    pub fn from_environment() -> anyhow::Result<Self> {
        Self::new(Config::from_environment())
    }

    /// The same from given variables.
    ///
    /// # Errors
    /// As [`Aws::from_environment`].
    pub fn new(config: Config) -> anyhow::Result<Self> {
        let http_client = http_client()?;
        Self::with_http_client(config, http_client)
    }

    /// The same over a given HTTP client.
    ///
    /// # Errors
    /// As [`Aws::from_environment`].
    pub fn with_http_client(config: Config, http_client: SharedHttpClient) -> anyhow::Result<Self> {
        let credentials = Credentials::new(
            config.required("AWS_ACCESS_KEY_ID")?,
            config.required("AWS_SECRET_ACCESS_KEY")?,
            config.optional("AWS_SESSION_TOKEN").map(str::to_owned),
            None,
            "environment",
        );
        let region = config.required("AWS_REGION")?.to_owned();
        let attempt = config.milliseconds("ATTEMPT_TIMEOUT_MS", QUICK.attempt)?;
        let quick = Patience { attempt, ..QUICK };
        Ok(Self {
            config,
            region,
            credentials,
            http_client,
            dynamodb: OnceLock::new(),
            secrets_manager: OnceLock::new(),
            quick,
            patient: PATIENT,
        })
    }

    /// The variables that it was built from.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The table of organizations and API keys.
    ///
    /// # Errors
    /// `ORGANIZATIONS_TABLE` is not set.
    pub fn organizations(&self) -> anyhow::Result<Organizations> {
        Ok(Organizations::new(self.table("ORGANIZATIONS_TABLE")?))
    }

    /// The table of users and their identifiers.
    ///
    /// # Errors
    /// `USERS_TABLE` is not set.
    pub fn users(&self) -> anyhow::Result<Users> {
        Ok(Users::new(self.table("USERS_TABLE")?))
    }

    /// The table of one-time codes and counters.
    ///
    /// # Errors
    /// `CHALLENGES_TABLE` is not set.
    pub fn challenges(&self) -> anyhow::Result<Challenges> {
        Ok(Challenges::new(self.table("CHALLENGES_TABLE")?))
    }

    /// The table of refresh-token families.
    ///
    /// # Errors
    /// `SESSIONS_TABLE` is not set.
    pub fn sessions(&self) -> anyhow::Result<Sessions> {
        Ok(Sessions::new(self.table("SESSIONS_TABLE")?))
    }

    /// The clients of the identity provider.
    ///
    /// # Errors
    /// `ORGANIZATIONS_TABLE` is not set.
    pub fn sso_clients(&self) -> anyhow::Result<SsoClients> {
        Ok(SsoClients::new(self.table("ORGANIZATIONS_TABLE")?))
    }

    /// The users of the identity provider.
    ///
    /// # Errors
    /// `USERS_TABLE` is not set.
    pub fn sso_users(&self) -> anyhow::Result<SsoUsers> {
        Ok(SsoUsers::new(self.users()?))
    }

    /// The access tokens of the identity provider.
    ///
    /// # Errors
    /// `SESSIONS_TABLE` is not set.
    pub fn sso_tokens(&self) -> anyhow::Result<SsoTokens> {
        Ok(SsoTokens::new(self.table("SESSIONS_TABLE")?))
    }

    /// The key ring in the secret that `variable` names.
    ///
    /// # Errors
    /// The variable is not set.
    pub fn keys(&self, variable: &str) -> anyhow::Result<KeyRings> {
        Ok(KeyRings::new(self.secret(variable)?))
    }

    /// The private keys in the secret that `PARTNER_SIGNING_SECRET` names.
    ///
    /// # Errors
    /// The variable is not set.
    pub fn signing_keys(&self) -> anyhow::Result<KeyRings<SigningRing>> {
        Ok(KeyRings::new(self.signing_secret()?))
    }

    pub(crate) fn signing_secret(&self) -> anyhow::Result<SecretText> {
        self.secret("PARTNER_SIGNING_SECRET")
    }

    /// The partners, and what organizations share with them.
    ///
    /// # Errors
    /// `ORGANIZATIONS_TABLE` is not set.
    pub fn partners(&self) -> anyhow::Result<Partners> {
        Ok(Partners::new(self.table("ORGANIZATIONS_TABLE")?))
    }

    fn secret(&self, variable: &str) -> anyhow::Result<SecretText> {
        Ok(SecretText::new(self.secrets_manager(), self.config.required(variable)?.to_owned()))
    }

    fn table(&self, variable: &str) -> anyhow::Result<Table> {
        Ok(Table::new(self.dynamodb(), self.config.required(variable)?.to_owned()))
    }

    fn endpoint(&self, service: &str) -> Option<&str> {
        self.config
            .optional(&format!("AWS_ENDPOINT_URL_{service}"))
            .or_else(|| self.config.optional("AWS_ENDPOINT_URL"))
    }
}

impl Aws {
    /// DynamoDB; `AWS_ENDPOINT_URL_DYNAMODB` overrides its address.
    #[must_use]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let build = || aws_sdk_dynamodb::Client::new(&self.sdk_config_of("DYNAMODB", self.quick));
        self.dynamodb.get_or_init(build).clone()
    }

    /// Secrets Manager; `AWS_ENDPOINT_URL_SECRETS_MANAGER` overrides its address.
    #[must_use]
    pub fn secrets_manager(&self) -> aws_sdk_secretsmanager::Client {
        let config = || self.sdk_config_of("SECRETS_MANAGER", self.quick);
        let build = || aws_sdk_secretsmanager::Client::new(&config());
        self.secrets_manager.get_or_init(build).clone()
    }

    /// Simple Email Service; `AWS_ENDPOINT_URL_SES` overrides its address.
    #[must_use]
    pub fn ses(&self) -> aws_sdk_ses::Client {
        aws_sdk_ses::Client::new(&self.sdk_config_of("SES", self.patient))
    }

    /// Simple Notification Service; `AWS_ENDPOINT_URL_SNS` overrides its address.
    #[must_use]
    pub fn sns(&self) -> aws_sdk_sns::Client {
        aws_sdk_sns::Client::new(&self.sdk_config_of("SNS", self.patient))
    }

    /// What a client of any other service is built from; `AWS_ENDPOINT_URL_<service>` overrides its
    /// address.
    #[must_use]
    pub fn sdk_config(&self, service: &str) -> SdkConfig {
        self.sdk_config_of(service, self.quick)
    }

    fn sdk_config_of(&self, service: &str, patience: Patience) -> SdkConfig {
        let retries = RetryConfig::standard()
            .with_max_attempts(patience.attempts)
            .with_initial_backoff(FIRST_BACKOFF);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(self.quick.attempt / 2)
            .operation_attempt_timeout(patience.attempt)
            .build();
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(self.credentials.clone()))
            .identity_cache(IdentityCache::no_cache())
            .http_client(self.http_client.clone())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .retry_config(retries)
            .timeout_config(timeouts);
        config.set_endpoint_url(self.endpoint(service).map(str::to_owned));
        config.build()
    }
}

/// The one HTTP client, with the one trust store.
///
/// # Errors
/// The trust store can't be parsed.
pub fn http_client() -> anyhow::Result<SharedHttpClient> {
    let trust_store = TrustStore::empty().with_pem_certificate(TRUSTED_ROOTS.as_bytes());
    let tls = TlsContext::builder()
        .with_trust_store(trust_store)
        .build()
        .context("parse the trusted roots")?;
    let provider = tls::Provider::Rustls(CryptoMode::AwsLc);
    Ok(Builder::new().tls_provider(provider).tls_context(tls).build_https())
}

/// A dependency didn't answer, or not in time: whoever called may try again.
///
/// Rides along an [`anyhow::Error`] as context; [`is_unavailable`] finds it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a dependency is unavailable")]
pub struct Unavailable;

/// Whether an error means that a dependency is down, rather than that we have a bug.
#[must_use]
pub fn is_unavailable(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Unavailable>().is_some()
}

/// What is safe to log of an SDK's error: its code and kind. Messages may quote what a client sent.
pub fn error<E, R>(error: &SdkError<E, R>, action: &str) -> anyhow::Error
where
    E: ProvideErrorMetadata,
    R: HttpStatus,
{
    let (kind, unavailable) = match error {
        SdkError::TimeoutError(_) => ("timeout", true),
        SdkError::DispatchFailure(_) => ("no connection", true),
        SdkError::ResponseError(_) => ("unreadable response", true),
        SdkError::ServiceError(service) => {
            let code = service.err().code().unwrap_or("unknown error");
            (code, service.raw().status() >= 500 || is_throttling(code))
        }
        _ => ("request could not be built", false),
    };
    let error = anyhow::anyhow!("{action}: {kind}");
    if unavailable { error.context(Unavailable) } else { error }
}

fn is_throttling(code: &str) -> bool {
    ["ThrottlingException", "Throttling", "ProvisionedThroughputExceededException"].contains(&code)
        || ["RequestLimitExceeded", "TooManyRequestsException", "LimitExceededException"]
            .contains(&code)
}

/// The status line of a raw SDK response.
pub trait HttpStatus {
    /// Its three digits.
    fn status(&self) -> u16;
}

impl HttpStatus for aws_smithy_runtime_api::client::orchestrator::HttpResponse {
    fn status(&self) -> u16 {
        self.status().as_u16()
    }
}
