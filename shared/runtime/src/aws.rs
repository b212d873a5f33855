//! Clients of AWS services. Credentials and region come from Lambda's environment variables, not from
//! a provider chain. All clients share one HTTP client.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, IdentityCache, Region, StalledStreamProtectionConfig,
};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use domain::time::Timestamp;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either, join_all, select};

use crate::author::Authors;
use crate::cached::{Cached, Refresh};
use crate::clock;
use crate::config::Config;
use crate::http_client::http_client;
use crate::invocation;
use crate::telemetry::{self, Dependency};

const FIRST_BACKOFF: Duration = Duration::from_millis(20);

/// The number of tries of a call, and the timeout of each.
#[derive(Clone, Copy)]
struct RetryPolicy {
    attempt: Duration,
    attempts: u32,
}

/// A caller is waiting, and a repeated call does no harm.
const INTERACTIVE: RetryPolicy = RetryPolicy { attempt: Duration::from_millis(500), attempts: 4 };

/// No caller is waiting, and a repeated call may send a message twice. Without an answer, the stream
/// retries.
const DELIVERY: RetryPolicy = RetryPolicy { attempt: Duration::from_secs(5), attempts: 1 };

type WarmUp = Box<dyn Fn() -> BoxFuture<'static, anyhow::Result<()>> + Send>;

/// Configuration and clients of AWS. Also has the warm-ups: what to fetch before the first request.
#[derive(Clone)]
pub struct Aws {
    config: Config,
    region: String,
    credentials: Credentials,
    use_fips: bool,
    use_dual_stack: bool,
    interactive: RetryPolicy,
    http_client: OnceLock<SharedHttpClient>,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    secrets_manager: OnceLock<aws_sdk_secretsmanager::Client>,
    warm_ups: Arc<Mutex<Vec<WarmUp>>>,
    cached: Arc<Mutex<Vec<Arc<dyn Refresh>>>>,
    parallel_calls: Arc<AtomicUsize>,
    authors: Authors,
}

impl Aws {
    pub fn new(config: Config) -> anyhow::Result<Self> {
        let credentials = Credentials::new(
            config.required("AWS_ACCESS_KEY_ID")?,
            config.required("AWS_SECRET_ACCESS_KEY")?,
            config.optional("AWS_SESSION_TOKEN").map(str::to_owned),
            None,
            "environment",
        );
        let region = config.required("AWS_REGION")?.to_owned();
        let attempt = config.milliseconds("ATTEMPT_TIMEOUT_MS", INTERACTIVE.attempt)?;
        let use_fips = config.flag("AWS_USE_FIPS_ENDPOINT")?;
        let use_dual_stack = config.flag("AWS_USE_DUALSTACK_ENDPOINT")?;
        Ok(Self {
            config,
            region,
            credentials,
            use_fips,
            use_dual_stack,
            interactive: RetryPolicy { attempt, ..INTERACTIVE },
            http_client: OnceLock::new(),
            dynamodb: OnceLock::new(),
            secrets_manager: OnceLock::new(),
            warm_ups: Arc::default(),
            cached: Arc::default(),
            parallel_calls: Arc::new(AtomicUsize::new(1)),
            authors: Authors::default(),
        })
    }

    /// As [`Aws::new`], with this HTTP client.
    pub fn with_http_client(config: Config, http_client: SharedHttpClient) -> anyhow::Result<Self> {
        let http_client = OnceLock::from(http_client);
        Ok(Self { http_client, ..Self::new(config)? })
    }

    /// The same, for the writes of these authors.
    #[must_use]
    pub fn written_by(self, authors: Authors) -> Self {
        Self { authors, ..self }
    }

    /// The authors of writes.
    pub fn authors(&self) -> &Authors {
        &self.authors
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Registers `fetch` to run before the first request. If it fails, that is only logged: the first
    /// request tries again and, if that fails too, answers in its surface's envelope.
    pub fn warm_up(
        &self,
        fetch: impl Fn() -> BoxFuture<'static, anyhow::Result<()>> + Send + 'static,
    ) {
        self.warm_ups.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(fetch));
    }

    /// Says how many calls to DynamoDB a function makes at once. As many connections are opened before
    /// the first request, which must not wait for a TLS handshake.
    pub fn expect_parallel_calls(&self, count: usize) {
        self.parallel_calls.fetch_max(count, Ordering::Relaxed);
    }

    /// The number of connections to DynamoDB to open before the first request.
    pub fn parallel_calls(&self) -> usize {
        self.parallel_calls.load(Ordering::Relaxed)
    }

    /// Fetches a value before the first request, and refreshes it with all others that are stale at the
    /// beginning of a later one.
    pub fn keep<T: Send + Sync + 'static>(&self, cached: &Arc<Cached<T>>) {
        let for_warm_up = Arc::clone(cached);
        self.warm_up(move || {
            let cached = Arc::clone(&for_warm_up);
            async move { cached.current(clock::now()).await.map(drop) }.boxed()
        });
        let cached: Arc<dyn Refresh> = Arc::clone(cached) as _;
        self.cached.lock().unwrap_or_else(PoisonError::into_inner).push(cached);
    }

    /// The output of `work`, beside which all stale values are refreshed. Work that doesn't need them
    /// doesn't wait for them.
    pub async fn refreshing<T>(&self, work: impl Future<Output = T>, now: Timestamp) -> T {
        let cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let refreshes = join_all(cached.iter().map(|cached| cached.refresh_if_stale(now)));
        match select(pin!(work), refreshes).await {
            Either::Left((output, _)) => output,
            Either::Right((_, work)) => work.await,
        }
    }

    /// Runs all warm-ups in parallel, each with a timeout.
    pub async fn warm(&self) {
        let started: Vec<_> = {
            let warm_ups = self.warm_ups.lock().unwrap_or_else(PoisonError::into_inner);
            warm_ups.iter().map(|fetch| invocation::warmed_up(fetch())).collect()
        };
        join_all(started).await;
    }
}

/// `AWS_ENDPOINT_URL_<service>` replaces the address of one service, `AWS_ENDPOINT_URL` that of all.
impl Aws {
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let build = || aws_sdk_dynamodb::Client::new(&self.sdk_config("DYNAMODB"));
        self.dynamodb.get_or_init(build).clone()
    }

    pub fn secrets_manager(&self) -> aws_sdk_secretsmanager::Client {
        let build = || aws_sdk_secretsmanager::Client::new(&self.sdk_config("SECRETS_MANAGER"));
        self.secrets_manager.get_or_init(build).clone()
    }

    pub fn ses(&self) -> aws_sdk_ses::Client {
        aws_sdk_ses::Client::new(&self.sdk_config_with("SES", DELIVERY))
    }

    pub fn sns(&self) -> aws_sdk_sns::Client {
        aws_sdk_sns::Client::new(&self.sdk_config_with("SNS", DELIVERY))
    }

    /// The configuration for a client of any other service.
    pub fn sdk_config(&self, service: &str) -> SdkConfig {
        self.sdk_config_with(service, self.interactive)
    }

    fn sdk_config_with(&self, service: &str, policy: RetryPolicy) -> SdkConfig {
        let retries = RetryConfig::standard()
            .with_max_attempts(policy.attempts)
            .with_initial_backoff(FIRST_BACKOFF);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(self.interactive.attempt / 2)
            .operation_attempt_timeout(policy.attempt)
            .build();
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(self.credentials.clone()))
            .identity_cache(IdentityCache::no_cache())
            .http_client(self.measured_http_client(service))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .retry_config(retries)
            .timeout_config(timeouts);
        config.set_endpoint_url(self.endpoint(service).map(str::to_owned));
        config.set_use_fips(Some(self.use_fips)).set_use_dual_stack(Some(self.use_dual_stack));
        config.build()
    }

    /// The HTTP client of a service's calls. Those of the operator's other services belong to no request.
    fn measured_http_client(&self, service: &str) -> SharedHttpClient {
        let client = self.http_client.get_or_init(http_client).clone();
        let dependency = match service {
            "DYNAMODB" => Dependency::DynamoDb,
            "SECRETS_MANAGER" => Dependency::SecretsManager,
            "SES" => Dependency::Ses,
            "SNS" => Dependency::Sns,
            _ => return client,
        };
        telemetry::measuring(client, dependency)
    }

    fn endpoint(&self, service: &str) -> Option<&str> {
        self.config
            .optional(&format!("AWS_ENDPOINT_URL_{service}"))
            .or_else(|| self.config.optional("AWS_ENDPOINT_URL"))
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Barrier;

    use super::*;

    fn aws() -> Aws {
        let variables = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"];
        Aws::new(variables.map(|name| (name.to_owned(), "x".to_owned())).into_iter().collect())
            .unwrap()
    }

    /// Each waits for the other two: one after the other, nothing would end.
    #[tokio::test]
    async fn all_stale_values_are_refreshed_at_once_and_beside_the_work() {
        let (aws, barrier) = (aws(), Arc::new(Barrier::new(3)));
        let values = [1, 2].map(|value| {
            let (barrier, is_first) = (Arc::clone(&barrier), Arc::new(Mutex::new(true)));
            let minute = Duration::from_mins(1);
            let cached = Arc::new(Cached::new(minute, minute, move || {
                let is_first = std::mem::take(&mut *is_first.lock().unwrap());
                let barrier = Arc::clone(&barrier);
                async move {
                    if !is_first {
                        barrier.wait().await;
                    }
                    Ok(value)
                }
                .boxed()
            }));
            aws.keep(&cached);
            cached
        });
        let at = Timestamp::from_seconds;
        for cached in &values {
            cached.current(at(0)).await.unwrap();
        }
        assert_eq!(aws.refreshing(async { 7 }, at(59)).await, 7, "nothing is stale");
        assert_eq!(aws.refreshing(async { 7 }, at(60)).await, 7, "work that needs no value");
        let work = async {
            barrier.wait().await;
            (*values[0].current(at(120)).await.unwrap(), *values[1].current(at(120)).await.unwrap())
        };
        assert_eq!(aws.refreshing(work, at(120)).await, (1, 2));
    }
}
