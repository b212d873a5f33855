//! The functions of the template: their environment, routes and event sources.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::intrinsics::Scope;
use super::sources::EventSource;

/// One function of the template.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    /// The id in the template, and of the credentials of its role.
    pub(crate) id: String,
    /// The name of its folder, package, binary and Lambda function.
    pub(crate) name: String,
    pub(crate) memory_mb: u32,
    pub(crate) timeout: Duration,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) log_group: String,
    pub(crate) routes: Vec<Route>,
    pub(crate) sources: Vec<EventSource>,
    /// The minutes of each hour at which it is called.
    pub(crate) minutes: Vec<u32>,
}

/// A route of the HTTP API: a method (or `ANY`) and a path with `{parameters}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) method: String,
    pub(crate) path: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    code_uri: String,
    #[serde(default = "lambdas_memory")]
    memory_size: u32,
    #[serde(default = "lambdas_timeout")]
    timeout: u64,
    #[serde(default)]
    environment: Environment,
    logging_config: LoggingConfig,
    #[serde(default)]
    events: BTreeMap<String, Event>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Environment {
    variables: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LoggingConfig {
    log_group: String,
}

#[derive(Deserialize)]
#[serde(tag = "Type", content = "Properties")]
enum Event {
    #[serde(rename_all = "PascalCase")]
    HttpApi { method: String, path: String },
    #[serde(rename = "DynamoDB")]
    Stream(EventSource),
    #[serde(rename_all = "PascalCase")]
    Schedule { schedule: String },
}

const fn lambdas_memory() -> u32 {
    128
}

const fn lambdas_timeout() -> u64 {
    3
}

/// Reads the properties of a function, but for its policies.
pub(super) fn read(
    scope: &Scope,
    globals: &Value,
    id: &str,
    properties: &Value,
) -> Result<Function> {
    let own: Properties = serde_json::from_value(scope.resolve(&merged(globals, properties))?)?;
    let name = own.code_uri.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let (mut routes, mut sources, mut minutes) = (Vec::new(), Vec::new(), Vec::new());
    for event in own.events.into_values() {
        match event {
            Event::HttpApi { method, path } => {
                routes.push(Route { method: method.to_uppercase(), path });
            }
            Event::Stream(source) => sources.push(source),
            Event::Schedule { schedule } => minutes.push(minute(&schedule)?),
        }
    }
    for source in &sources {
        source.check().with_context(|| format!("event source of {name}"))?;
    }
    Ok(Function {
        id: id.to_owned(),
        name,
        memory_mb: own.memory_size,
        timeout: Duration::from_secs(own.timeout),
        environment: own.environment.variables,
        log_group: own.logging_config.log_group,
        routes,
        sources,
        minutes,
    })
}

/// The minute of an hourly schedule, the only kind that the stack knows: `cron(12 * * * ? *)`.
fn minute(schedule: &str) -> Result<u32> {
    let minute = schedule.strip_prefix("cron(").and_then(|rest| rest.strip_suffix(" * * * ? *)"));
    let minute = minute.and_then(|minute| minute.parse().ok()).filter(|minute| *minute < 60);
    minute.with_context(|| format!("the local stack doesn't support the schedule {schedule}"))
}

/// Applies `Globals` like SAM: a function's own value wins, and variables are merged.
fn merged(globals: &Value, own: &Value) -> Value {
    let pick = |name: &str| match &own[name] {
        Value::Null => globals[name].clone(),
        value => value.clone(),
    };
    let mut variables =
        globals["Environment"]["Variables"].as_object().cloned().unwrap_or_default();
    variables.extend(own["Environment"]["Variables"].as_object().cloned().unwrap_or_default());
    let mut all = json!({ "CodeUri": own["CodeUri"], "Environment": { "Variables": variables } });
    for name in ["MemorySize", "Timeout", "LoggingConfig", "Events"] {
        let value = pick(name);
        if !value.is_null() {
            all[name] = value;
        }
    }
    all
}
