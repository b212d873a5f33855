//! `GET /routes`: the paths of all ports, for tools, and for the test of the guard, which tries each of them.

use std::collections::BTreeSet;

use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::template::Function;

const PATH: &str = "/routes";

/// The console's port with the list.
pub(crate) fn with_list(console: Router, functions: &[Function]) -> Router {
    let api: BTreeSet<_> =
        functions.iter().flat_map(|it| &it.routes).map(|route| route.path.clone()).collect();
    let mut paths = paths(&console);
    paths.insert(PATH.to_owned());
    let list = json!({ "api": api, "console": paths, "dynamodb": ["/"] });
    console.route(PATH, get(async move || Json(list)))
}

/// The paths of a router. axum has no other way to list them than to print it.
fn paths(router: &Router) -> BTreeSet<String> {
    let printed = format!("{router:?}");
    let quoted = printed.split('"').skip(1).step_by(2);
    let is_path = |text: &&str| text.starts_with('/') && !text.contains("__private__axum");
    quoted.filter(is_path).map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_listed_however_it_was_added() {
        let inner = Router::new().route("/inner/{id}", get(async || ()));
        let router = Router::new().route("/", get(async || ())).merge(inner.clone());
        let router = router.nest("/nested", inner);
        let expected = ["/", "/inner/{id}", "/nested/inner/{id}"].map(ToOwned::to_owned);
        assert_eq!(paths(&router), expected.into());
    }
}
