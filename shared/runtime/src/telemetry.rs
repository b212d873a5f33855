//! JSON lines on standard output: one per request, one per count of a metric, and those of the Lambda
//! runtime. No line contains a key, an identifier, a code, a token or a body.

use std::cell::RefCell;
use std::sync::OnceLock;
use std::time::Duration;

use domain::id::OrganizationId;
use domain::time::Timestamp;
use serde_json::{Map, Value, json};
use tracing_subscriber::filter::LevelFilter;

use crate::config::Config;

const NAMESPACE: &str = "Postern";

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

/// What the log says about one request, and what the request cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Call {
    /// The organization of the request, once it is known.
    pub organization: Option<OrganizationId>,
    /// Whether the organization is a sandbox, which no metric counts: its sign-ins would hide guesses
    /// elsewhere.
    pub is_sandbox: bool,
    /// The check that a denied request failed, if the outcome doesn't say so.
    pub failed_step: Option<&'static str>,
    /// DynamoDB operations.
    pub operations: u32,
    /// DynamoDB operations that had to wait for an earlier one.
    pub round_trips: u32,
    /// Read capacity units.
    pub read_units: f64,
    /// Write capacity units. A failed condition costs one, but DynamoDB doesn't report it.
    pub write_units: f64,
    in_flight: u32,
}

tokio::task_local! {
    static CALL: RefCell<Call>;
}

/// Runs a future, and returns its output with what the log says about the call.
pub async fn measured<F: Future>(future: F) -> (F::Output, Call) {
    CALL.scope(RefCell::default(), async {
        let output = future.await;
        (output, CALL.with(RefCell::take))
    })
    .await
}

fn record(change: impl FnOnce(&mut Call)) {
    // INIT, and tests of the store alone, don't belong to a call.
    let _ = CALL.try_with(|call| change(&mut call.borrow_mut()));
}

/// Sets the organization of the call, for the log.
pub fn organization(id: &OrganizationId) {
    record(|call| call.organization = Some(id.clone()));
}

/// Says that the call's organization is a sandbox.
pub fn sandbox() {
    record(|call| call.is_sandbox = true);
}

/// Sets the check that the request failed, for the log.
pub fn failed_step(step: &'static str) {
    record(|call| call.failed_step = Some(step));
}

/// Counts one DynamoDB operation, and one round trip if no other operation is running.
pub struct Operation {
    read_units: f64,
    write_units: f64,
}

impl Operation {
    pub fn start() -> Self {
        record(|call| {
            call.operations += 1;
            call.round_trips += u32::from(call.in_flight == 0);
            call.in_flight += 1;
        });
        Self { read_units: 0.0, write_units: 0.0 }
    }

    pub fn read(&mut self, units: f64) {
        self.read_units += units;
    }

    pub fn wrote(&mut self, units: f64) {
        self.write_units += units;
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        record(|call| {
            call.in_flight = call.in_flight.saturating_sub(1);
            call.read_units += self.read_units;
            call.write_units += self.write_units;
        });
    }
}

/// The function and the ids of a request.
#[derive(Clone, Copy)]
pub(crate) struct Names<'r> {
    pub(crate) function: &'r str,
    /// The id in the answer.
    pub(crate) request_id: &'r str,
    /// The id in API Gateway's log.
    pub(crate) gateway_request_id: &'r str,
}

/// Logs the line of a request.
pub(crate) fn request(names: Names<'_>, outcome: &str, status: u16, call: &Call, took: Duration) {
    let Names { function, request_id, gateway_request_id } = names;
    tracing::info!(
        function,
        requestId = request_id,
        gatewayRequestId = (gateway_request_id != request_id).then_some(gateway_request_id),
        outcome,
        step = call.failed_step,
        status,
        organizationId = call.organization.as_ref().map(OrganizationId::as_str),
        durationMs = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        dynamodbOperations = call.operations,
        dynamodbRoundTrips = call.round_trips,
        readUnits = call.read_units,
        writeUnits = call.write_units,
        "request"
    );
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

/// The other metric of a ratio. It is counted as zero beside the first: CloudWatch computes nothing from
/// a metric without data, and an attack without a single success must not go unseen.
fn counterpart(metric: &str) -> Option<&'static str> {
    match metric {
        "CodeAccepted" => Some("CodeRefused"),
        "CodeRefused" => Some("CodeAccepted"),
        "PasswordAccepted" => Some("PasswordRefused"),
        "PasswordRefused" => Some("PasswordAccepted"),
        _ => None,
    }
}

/// Counts one occurrence of `metric` in CloudWatch's embedded metric format: for the stack, with the
/// given dimension and without it. The organization of the call is a property of the line, not a
/// dimension, which CloudWatch would bill as a metric for each organization.
pub fn count(metric: &str, dimension: (&str, &str), now: Timestamp) {
    if let Some(line) = counted(metric, dimension, now) {
        println!("{line}");
    }
}

fn counted(metric: &str, dimension: (&str, &str), now: Timestamp) -> Option<Value> {
    let call = CALL.try_with(|call| call.borrow().clone()).unwrap_or_default();
    let stack = STACK.get().map_or(DEFAULT_STACK, String::as_str);
    let line = || embedded_metric(metric, dimension, stack, call.organization.as_ref(), now);
    (!call.is_sandbox).then(line)
}

/// Counts a refusal by the check that failed.
pub(crate) fn count_refusal(metric: &str, step: &str, now: Timestamp) {
    let failed = CALL.try_with(|call| call.borrow().failed_step).ok().flatten();
    count(metric, ("reason", failed.unwrap_or(step)), now);
}

fn embedded_metric(
    metric: &str,
    (name, value): (&str, &str),
    stack: &str,
    organization: Option<&OrganizationId>,
    now: Timestamp,
) -> Value {
    let directive = |metric: &str, dimensions: &[&[&str]]| {
        json!({
            "Namespace": NAMESPACE,
            "Dimensions": dimensions,
            "Metrics": [{"Name": metric, "Unit": "Count"}],
        })
    };
    let counterpart = counterpart(metric);
    let own = directive(metric, &[&["stack", name], &["stack"]]);
    let other = counterpart.map(|other| directive(other, &[&["stack"]]));
    let directives: Vec<_> = std::iter::once(own).chain(other).collect();
    let mut line = Map::new();
    line.insert("_aws".into(), json!({"Timestamp": now.millis(), "CloudWatchMetrics": directives}));
    line.insert("stack".into(), stack.into());
    line.insert(name.into(), value.into());
    line.insert(metric.into(), 1.into());
    if let Some(other) = counterpart {
        line.insert(other.into(), 0.into());
    }
    if let Some(organization) = organization {
        line.insert("organizationId".into(), organization.as_str().into());
    }
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn operations_side_by_side_are_one_round_trip() {
        let ((), call) = measured(async {
            let (mut first, second) = (Operation::start(), Operation::start());
            first.read(0.5);
            drop((first, second));
            Operation::start().wrote(1.0);
        })
        .await;
        assert_eq!((call.operations, call.round_trips), (3, 2));
        assert!((call.read_units - 0.5).abs() < f64::EPSILON);
        assert!((call.write_units - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_metric_is_one_line_in_the_embedded_format() {
        let organization = OrganizationId::parse("clinic").unwrap();
        let at = Timestamp::from_millis(7);
        let line = embedded_metric("Refused", ("reason", "reuse"), "s", Some(&organization), at);
        insta::assert_snapshot!(line, @r#"{"Refused":1,"_aws":{"CloudWatchMetrics":[{"Dimensions":[["stack","reason"],["stack"]],"Metrics":[{"Name":"Refused","Unit":"Count"}],"Namespace":"Postern"}],"Timestamp":7},"organizationId":"clinic","reason":"reuse","stack":"s"}"#);
    }

    #[tokio::test]
    async fn a_sandbox_is_counted_by_no_metric() {
        let count = || counted("CodeAccepted", ("channel", "EMAIL"), Timestamp::from_millis(7));
        let (lines, _) = measured(async {
            let before = count();
            sandbox();
            (before, count())
        })
        .await;
        assert!(lines.0.is_some() && lines.1.is_none(), "{lines:?}");
    }

    #[test]
    fn a_ratio_has_both_of_its_metrics_whichever_was_counted() {
        let at = Timestamp::from_millis(7);
        let line = embedded_metric("CodeRefused", ("reason", "WRONG_CODE"), "s", None, at);
        insta::assert_snapshot!(line, @r#"{"CodeAccepted":0,"CodeRefused":1,"_aws":{"CloudWatchMetrics":[{"Dimensions":[["stack","reason"],["stack"]],"Metrics":[{"Name":"CodeRefused","Unit":"Count"}],"Namespace":"Postern"},{"Dimensions":[["stack"]],"Metrics":[{"Name":"CodeAccepted","Unit":"Count"}],"Namespace":"Postern"}],"Timestamp":7},"reason":"WRONG_CODE","stack":"s"}"#);
    }
}
