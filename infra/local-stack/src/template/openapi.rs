//! `infra/openapi.yaml` describes the routes of `infra/template.yaml`: each of them, and no other.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Template;

const TEMPLATE: &str = include_str!("../../../template.yaml");
const DESCRIPTION: &str = include_str!("../../../openapi.yaml");

/// What may stand beside `parameters` and the like under a path.
const METHODS: [&str; 7] = ["delete", "get", "head", "options", "patch", "post", "put"];

fn routed() -> BTreeSet<String> {
    let template = Template::parse(TEMPLATE).unwrap();
    let routes = template.functions.into_iter().flat_map(|function| function.routes);
    routes.map(|route| format!("{} {}", route.method, route.path)).collect()
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

#[test]
fn every_route_is_described_and_nothing_else() {
    assert_eq!(described(), routed());
}
