//! `infra/openapi.yaml`, against which every answer of these tests is held.

use std::{collections::BTreeMap, sync::LazyLock};

use jsonschema::Validator;
use reqwest::Method;
use serde_json::Value;

use crate::Answer;

static DESCRIPTION: LazyLock<Description> =
    LazyLock::new(|| Description::parse(include_str!("../../../infra/openapi.yaml")));

/// Fails unless the answer is among those that the document has for the operation. Whatever is not
/// the API's, or no operation of it, passes.
pub(crate) fn check(method: &Method, path: &str, answer: &Answer) {
    if let Some(operation) = DESCRIPTION.operation(method, path) {
        let faults = operation.faults(answer);
        assert!(faults.is_empty(), "not as described: {method} {path}: {faults:#?} in {answer:?}");
    }
}

struct Description {
    operations: Vec<Operation>,
}

/// What may come back from one method of one path.
struct Operation {
    method: String,
    path: String,
    responses: BTreeMap<String, Response>,
}

struct Response {
    headers: BTreeMap<String, Header>,
    contents: BTreeMap<String, Validator>,
}

struct Header {
    is_required: bool,
    schema: Validator,
}

impl Description {
    fn parse(text: &str) -> Self {
        let document: Value = serde_yaml_ng::from_str(text).expect("YAML");
        let paths = document["paths"].as_object().expect("paths");
        let operations = paths.iter().flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods").iter();
            let methods = methods.filter(|(_, operation)| operation.get("responses").is_some());
            methods.map(|(method, operation)| Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                responses: operation["responses"]
                    .as_object()
                    .expect("responses")
                    .iter()
                    .map(|(status, response)| (status.clone(), Response::new(&document, response)))
                    .collect(),
            })
        });
        let mut operations: Vec<_> = operations.collect();
        // A path without parameters goes first, as in API Gateway.
        operations.sort_by_key(|operation| operation.path.matches('{').count());
        Self { operations }
    }

    fn operation(&self, method: &Method, path: &str) -> Option<&Operation> {
        self.operations
            .iter()
            .find(|operation| operation.method == method.as_str() && operation.is_at(path))
    }
}

impl Operation {
    fn is_at(&self, path: &str) -> bool {
        let mut given = path.split('/');
        self.path.split('/').all(|described| {
            given.next().is_some_and(|given| {
                described == given || (described.starts_with('{') && !given.is_empty())
            })
        }) && given.next().is_none()
    }

    fn faults(&self, answer: &Answer) -> Vec<String> {
        let response = self.responses.get(&answer.status.to_string());
        match response.or_else(|| self.responses.get("default")) {
            Some(response) => response.faults(answer),
            None => vec![format!("no response {}", answer.status)],
        }
    }
}

impl Response {
    fn new(document: &Value, response: &Value) -> Self {
        let response = followed(document, response);
        let members = |name: &str| response[name].as_object().cloned().unwrap_or_default();
        let headers = members("headers").into_iter().map(|(name, header)| {
            let header = followed(document, &header);
            let is_required = header["required"] == true;
            let schema = validator(document, &header["schema"]);
            (name.to_ascii_lowercase(), Header { is_required, schema })
        });
        let contents = members("content").into_iter();
        let contents =
            contents.map(|(kind, content)| (kind, validator(document, &content["schema"])));
        Self { headers: headers.collect(), contents: contents.collect() }
    }

    fn faults(&self, answer: &Answer) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, header) in &self.headers {
            match answer.headers.get(name) {
                Some(text) => faults.extend(errors(&header.schema, &value(text))),
                None if header.is_required => faults.push(format!("no {name}")),
                None => {}
            }
        }
        let kind = answer.headers.get("content-type").map(String::as_str).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default();
        match self.contents.get(kind) {
            Some(schema) => match serde_json::from_slice(&answer.body) {
                Ok(body) => faults.extend(errors(schema, &body)),
                Err(error) => faults.push(format!("no JSON: {error}")),
            },
            None if self.contents.is_empty() && answer.body.is_empty() => {}
            None => faults.push(format!("no content of the type {kind:?}")),
        }
        faults
    }
}

/// A number where it is one, as schemas of headers mean it.
fn value(text: &str) -> Value {
    text.parse::<u64>().map_or_else(|_| text.into(), Value::from)
}

fn errors(schema: &Validator, instance: &Value) -> Vec<String> {
    schema.iter_errors(instance).map(|error| error.to_string()).collect()
}

/// What a reference stands for: OpenAPI has them outside of schemas, too.
fn followed(document: &Value, value: &Value) -> Value {
    match value["$ref"].as_str() {
        Some(reference) => {
            let pointer = reference.strip_prefix('#').expect("a reference into the document");
            document.pointer(pointer).expect("something there").clone()
        }
        None => value.clone(),
    }
}

fn validator(document: &Value, schema: &Value) -> Validator {
    // The schema's references are relative to the document that it was taken from.
    let mut schema = schema.clone();
    if let Some(object) = schema.as_object_mut() {
        object.insert("components".to_owned(), document["components"].clone());
    }
    jsonschema::draft202012::new(&schema).expect("a schema")
}
