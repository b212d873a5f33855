//! Lambda: `GetFunctionConfiguration` and `GetEventSourceMapping`. The console has its Invoke API.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::json;
use crate::stream::Mappings;
use crate::template::{EventSource, Function, Template, arn};

/// What Lambda knows of the functions.
pub(crate) struct Configurations {
    functions: BTreeMap<String, Function>,
    mappings: Arc<Mappings>,
}

impl Configurations {
    pub(crate) fn new(template: &Template, mappings: Arc<Mappings>) -> Self {
        let functions = template.functions.iter();
        let functions = functions.map(|it| (arn::function_name(&it.id), it.clone())).collect();
        Self { functions, mappings }
    }

    /// The source of the mapping of this name, and its function.
    fn source(&self, mapping: &str) -> Option<(&Function, &EventSource)> {
        let sources = self.functions.values().flat_map(|function| {
            function.sources.iter().enumerate().map(move |(at, source)| (function, at, source))
        });
        let mut named = sources.filter(|(it, at, _)| arn::mapping_name(&it.id, *at) == mapping);
        named.next().map(|(function, _, source)| (function, source))
    }
}

pub(super) async fn configuration(
    State(known): State<Arc<Configurations>>,
    Path(name): Path<String>,
) -> Response {
    let Some(function) = known.functions.get(&name) else { return not_found() };
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    json::answer(json!({
        "FunctionName": name, "FunctionArn": arn::function(&name), "Runtime": "provided.al2023",
        "Architectures": [architecture], "State": "Active", "LastUpdateStatus": "Successful",
        "MemorySize": function.memory_mb, "Timeout": function.timeout.as_secs(),
    }))
}

/// A mapping is named by its function and its place among the function's sources.
pub(super) async fn mapping(
    State(known): State<Arc<Configurations>>,
    Path(id): Path<String>,
) -> Response {
    let Some((function, source)) = known.source(&id) else { return not_found() };
    let table = source.table().unwrap_or_default();
    let on_failure = source.dead_letters().map(|arn| json!({ "Destination": arn }));
    let EventSource { batch_size, parallelization_factor, .. } = source;
    json::answer(json!({
        "UUID": id, "State": "Enabled", "EventSourceArn": arn::stream(table),
        "FunctionArn": format!("{}:live", arn::function(&arn::function_name(&function.id))),
        "LastProcessingResult": known.mappings.last_result(&function.id),
        "DestinationConfig": {"OnFailure": on_failure},
        "BatchSize": batch_size, "ParallelizationFactor": parallelization_factor,
    }))
}

fn not_found() -> Response {
    let message = "The resource you requested does not exist.";
    json::error(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
}
