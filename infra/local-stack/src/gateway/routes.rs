//! Routing: which function a request goes to.

use std::collections::BTreeMap;

use crate::template::{Function, Route};

/// The routes of all functions, the most specific first.
pub(super) struct Routes(Vec<Entry>);

struct Entry {
    route: Route,
    function: String,
}

/// The route of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Match<'a> {
    pub(super) function: &'a str,
    /// Method and path, as in the template.
    pub(super) key: String,
    pub(super) parameters: BTreeMap<String, String>,
}

impl Routes {
    pub(super) fn of(functions: &[Function]) -> Self {
        let of_function = |function: &Function| {
            let entry =
                |route: &Route| Entry { route: route.clone(), function: function.name.clone() };
            function.routes.iter().map(entry).collect::<Vec<_>>()
        };
        let mut entries: Vec<_> = functions.iter().flat_map(of_function).collect();
        entries.sort_by_cached_key(|entry| specificity(&entry.route));
        Self(entries)
    }

    /// The route for a method and a decoded path.
    pub(super) fn find(&self, method: &str, path: &str) -> Option<Match<'_>> {
        self.0
            .iter()
            .filter(|entry| [method, "ANY"].contains(&entry.route.method.as_str()))
            .find_map(|entry| {
                let parameters = parameters(&entry.route.path, path)?;
                let key = format!("{} {}", entry.route.method, entry.route.path);
                Some(Match { function: &entry.function, key, parameters })
            })
    }
}

/// API Gateway prefers a full match to parameters, parameters to `{proxy+}`, and a method to `ANY`.
fn specificity(route: &Route) -> (bool, usize, bool) {
    (route.path.contains("+}"), route.path.matches('{').count(), route.method == "ANY")
}

/// The values of the parameters in a pattern, if the path matches it.
fn parameters(pattern: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let mut values = BTreeMap::new();
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        let name = expected.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        match name.map(|name| (name, name.strip_suffix('+'))) {
            Some((_, Some(greedy))) => {
                let rest = segments.by_ref().collect::<Vec<_>>().join("/");
                values.insert(greedy.to_owned(), rest);
            }
            Some((name, None)) => {
                let value = segments.next().filter(|value| !value.is_empty())?;
                values.insert(name.to_owned(), value.to_owned());
            }
            None if segments.next()? == expected => {}
            None => return None,
        }
    }
    segments.next().is_none().then_some(values)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn routes(all: &[(&str, &str)]) -> Routes {
        let function = |&(method, path): &(&str, &str)| Function {
            id: "Own".to_owned(),
            log_group: "/own".to_owned(),
            name: format!("{method} {path}"),
            memory_mb: 128,
            timeout: Duration::from_secs(1),
            environment: BTreeMap::new(),
            routes: vec![Route { method: method.into(), path: path.into() }],
            sources: Vec::new(),
            minutes: Vec::new(),
        };
        Routes::of(&all.iter().map(function).collect::<Vec<_>>())
    }

    #[test]
    fn method_and_path_must_both_fit() {
        let routes = routes(&[("POST", "/api/auth")]);
        assert_eq!(routes.find("POST", "/api/auth").unwrap().key, "POST /api/auth");
        for (method, path) in
            [("GET", "/api/auth"), ("POST", "/api/auth/"), ("POST", "/api"), ("POST", "/API/auth")]
        {
            assert_eq!(routes.find(method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn parameters_are_one_segment_and_never_empty() {
        let routes = routes(&[("GET", "/v1/organizations/{organization_id}/validate")]);
        let found = routes.find("GET", "/v1/organizations/a b/validate").unwrap();
        assert_eq!(found.parameters["organization_id"], "a b");
        assert_eq!(routes.find("GET", "/v1/organizations//validate"), None);
        assert_eq!(routes.find("GET", "/v1/organizations/a/b/validate"), None);
    }

    #[test]
    fn the_most_specific_route_is_taken() {
        let routes = routes(&[
            ("ANY", "/{proxy+}"),
            ("POST", "/{api}/auth"),
            ("POST", "/v1/auth"),
            ("ANY", "/v1/auth"),
        ]);
        let key = |method, path| routes.find(method, path).unwrap().key;
        assert_eq!(key("POST", "/v1/auth"), "POST /v1/auth");
        assert_eq!(key("PUT", "/v1/auth"), "ANY /v1/auth");
        assert_eq!(key("POST", "/patient/auth"), "POST /{api}/auth");
        assert_eq!(key("POST", "/a/b/c"), "ANY /{proxy+}");
    }
}
