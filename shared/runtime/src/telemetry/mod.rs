//! JSON lines on standard output: one per request, one per count of a metric, and those of the Lambda
//! runtime. No line contains a key, an identifier, a code, a token or a body.

mod call;
mod dependency;
mod metric;
mod waited;

use std::sync::OnceLock;
use std::time::Duration;

use domain::id::OrganizationId;
use domain::request_id::RequestId;
use tracing_subscriber::filter::LevelFilter;

use crate::author;
use crate::clock;
use crate::config::Config;
use crate::invocation::Invocation;

pub use call::{
    Call, Operation, api_key, caused_by, client, failed_step, failed_step_or, measured, message_id,
    organization, partner, sandbox, source, user,
};
pub(crate) use dependency::measuring;
pub use metric::count;
pub(crate) use metric::count_refusal;
pub use waited::Dependency;

/// The version of the build: what `make package` sets, the commit; else that of the packages.
const VERSION: &str = match option_env!("POSTERN_VERSION") {
    Some(version) => version,
    None => env!("CARGO_PKG_VERSION"),
};

/// The name of the deployment, a dimension of every metric: two deployments in one account must not set
/// off each other's alarms.
static STACK: OnceLock<String> = OnceLock::new();

/// The stack's name where no one has set `STACK`.
const DEFAULT_STACK: &str = "postern";

/// Sends `tracing` events to standard output as JSON: our own from INFO, the libraries' from WARN.
/// Called once, by `run`.
pub(crate) fn start(config: &Config) {
    use tracing_subscriber::Layer as _;
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;

    let lines =
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false);
    let filter = tracing_subscriber::filter::Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target(env!("CARGO_PKG_NAME"), LevelFilter::INFO);
    // A second call changes nothing.
    let _ = STACK.set(config.optional("STACK").unwrap_or(DEFAULT_STACK).to_owned());
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter)).try_init();
}

fn stack() -> &'static str {
    STACK.get().map_or(DEFAULT_STACK, String::as_str)
}

/// The ids of a request, and its invocation.
#[derive(Clone, Copy)]
pub(crate) struct Names<'r> {
    pub(crate) invocation: &'r Invocation,
    /// The id in the answer.
    pub(crate) request_id: &'r str,
    /// The id in API Gateway's log.
    pub(crate) gateway_request_id: &'r str,
}

/// Logs the line of a request.
pub(crate) fn request(names: Names<'_>, outcome: &str, status: u16, call: &Call, took: Duration) {
    let Names { invocation, request_id, gateway_request_id } = names;
    // As its writes name it, and so the audit trail.
    let written_as = author::chosen([request_id, &invocation.request_id]);
    let written_as = written_as.as_ref().map(RequestId::as_str).filter(|id| *id != request_id);
    let waited = |dependency: Dependency| call.waited[dependency as usize].millis();
    tracing::info!(
        function = invocation.name,
        version = VERSION,
        coldStart = invocation.is_first.then_some(true),
        requestId = request_id,
        gatewayRequestId = (gateway_request_id != request_id).then_some(gateway_request_id),
        authorRequestId = written_as,
        outcome,
        step = call.failed_step,
        status,
        organizationId = call.organization.as_ref().map(OrganizationId::as_str),
        userId = call.user,
        apiKey = call.api_key,
        partnerId = call.partner,
        clientId = call.client,
        source = call.source,
        causedBy = call.caused_by.as_ref().map(RequestId::as_str),
        messageId = call.message_id,
        durationMs = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        dynamodbMs = waited(Dependency::DynamoDb),
        secretsManagerMs = waited(Dependency::SecretsManager),
        sesMs = waited(Dependency::Ses),
        snsMs = waited(Dependency::Sns),
        retries = call.retries,
        dynamodbOperations = call.operations,
        dynamodbRoundTrips = call.round_trips,
        readUnits = call.read_units,
        writeUnits = call.write_units,
        "request"
    );
}

/// Logs the line of work that no client waits for and, if it failed, why.
pub(crate) fn background(
    invocation: &Invocation,
    (result, call): &(anyhow::Result<&'static str>, Call),
    took: Duration,
) {
    let Invocation { name, function, request_id, .. } = invocation;
    let outcome = result.as_ref().map_or("failed", |outcome| outcome);
    if let Err(error) = result {
        failure(name, request_id, error);
        count("ServerError", ("function", function.as_str()), clock::now());
    }
    let status = if result.is_ok() { 200 } else { 503 };
    let names = Names { invocation, request_id, gateway_request_id: request_id };
    request(names, outcome, status, call, took);
}

/// Logs a server error, once, with its whole chain of causes. Its text is ours or an error code, never
/// something that a client sent.
pub(crate) fn failure(function: &str, request_id: &str, error: &anyhow::Error) {
    tracing::error!(function, requestId = request_id, "{error:#}");
}

/// Logs a failure that doesn't change the answer.
pub fn warn_if_failed(result: anyhow::Result<()>) {
    if let Err(error) = result {
        tracing::warn!("{error:#}");
    }
}
