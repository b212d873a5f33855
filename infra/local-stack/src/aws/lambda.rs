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

/// The mapping of a function has the function's id for its own: none has two.
pub(super) async fn mapping(
    State(known): State<Arc<Configurations>>,
    Path(id): Path<String>,
) -> Response {
    let function = known.functions.values().find(|function| function.id == id);
    let Some(source) = function.and_then(|function| function.sources.first()) else {
        return not_found();
    };
    let table = source.table().unwrap_or_default();
    let EventSource { batch_size, parallelization_factor, .. } = source;
    json::answer(json!({
        "UUID": id, "State": "Enabled", "EventSourceArn": arn::stream(table),
        "FunctionArn": format!("{}:live", arn::function(&arn::function_name(&id))),
        "LastProcessingResult": known.mappings.last_result(&id),
        "BatchSize": batch_size, "ParallelizationFactor": parallelization_factor,
    }))
}

fn not_found() -> Response {
    let message = "The resource you requested does not exist.";
    json::error(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
}
