//! Tests that other lists of routes are the same as in `infra/template.yaml`.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::{Function, TEMPLATE, Template};

const DESCRIPTION: &str = include_str!("../../../openapi.yaml");

/// The keys of a path that are methods.
const METHODS: [&str; 7] = ["delete", "get", "head", "options", "patch", "post", "put"];

fn routed() -> BTreeSet<String> {
    routes().into_iter().map(|(_, route)| route).collect()
}

/// The functions and their routes.
fn routes() -> BTreeSet<(String, String)> {
    let template = Template::parse(TEMPLATE).unwrap();
    let routes_of = |function: Function| {
        let name = function.name;
        let routes = function.routes.into_iter();
        routes.map(move |route| (name.clone(), format!("{} {}", route.method, route.path)))
    };
    template.functions.into_iter().flat_map(routes_of).collect()
}

fn described() -> BTreeSet<String> {
    let description: Value = serde_yaml_ng::from_str(DESCRIPTION).unwrap();
    let mut described = BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for method in METHODS {
            if item.get(method).is_some() {
                described.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    described
}

/// The router of a plain `cargo lambda watch`, from the metadata of cargo.
fn watched() -> BTreeSet<(String, String)> {
    let mut cargo = Command::new(env!("CARGO"));
    let output = cargo.args(["metadata", "--no-deps", "--format-version=1"]).output().unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let router = metadata["metadata"]["lambda"]["watch"]["router"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let routes_of = |entry: &Value| {
        let (function, path) = (text(&entry["function"]), text(&entry["path"]));
        let methods = entry["methods"].as_array().unwrap().iter().map(text);
        methods.map(|method| (function.clone(), format!("{method} {path}"))).collect::<Vec<_>>()
    };
    router.iter().flat_map(routes_of).collect()
}

#[test]
fn the_watch_router_has_every_route_and_no_other() {
    assert_eq!(watched(), routes());
}

#[test]
fn every_route_is_described_and_nothing_else() {
    assert_eq!(described(), routed());
}
