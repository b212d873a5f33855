//! The organization in the path of another team's route: `PARTNER_ORGANIZATION_PARAMETERS`.

use anyhow::ensure;
use runtime::config::Config;
use runtime::event::AuthorizerRequest;

const VARIABLE: &str = "PARTNER_ORGANIZATION_PARAMETERS";

const DEFAULT: &str = "organization_id";

/// In the list of names: a route without any of them has no organization.
const NONE: &str = "none";

/// The path parameters that name an organization, as the routes spell them.
pub(crate) struct OrganizationParameters {
    names: Vec<String>,
    /// Whether a route without any of the names has no organization, so that it is let through.
    others_have_none: bool,
}

/// The route may name an organization, but not in a parameter that the deployment lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unclear;

impl OrganizationParameters {
    pub(crate) fn new(config: &Config) -> anyhow::Result<Self> {
        let names = config.optional(VARIABLE).unwrap_or(DEFAULT).split(',').map(str::trim);
        let (none, names): (Vec<_>, Vec<_>) =
            names.filter(|name| !name.is_empty()).partition(|name| *name == NONE);
        let is_name = |char: char| char.is_ascii_alphanumeric() || "._-:".contains(char);
        ensure!(
            names.iter().all(|name| name.chars().all(is_name)),
            "{VARIABLE} has something else than names of path parameters, without braces and `+`, \
             or `none`, separated by commas"
        );
        ensure!(!names.is_empty() || !none.is_empty(), "{VARIABLE} has no name");
        let names = names.into_iter().map(str::to_owned).collect();
        Ok(Self { names, others_have_none: !none.is_empty() })
    }

    /// The organization that the path names, as the service behind the gateway reads it; `None` if the
    /// path can't name one.
    pub(crate) fn of<'r>(
        &self,
        request: &'r AuthorizerRequest,
    ) -> Result<Option<&'r str>, Unclear> {
        let mut found = None;
        for (name, value) in request.path_parameters() {
            let resembles = |listed: &String| listed.eq_ignore_ascii_case(name);
            if !self.names.iter().any(resembles) {
                continue;
            }
            // The service might read the one that we don't.
            let is_listed = self.names.iter().any(|listed| listed == name);
            if !is_listed || found.is_some_and(|other| other != value) {
                return Err(Unclear);
            }
            found = Some(value);
        }
        let can_be_none = self.others_have_none || request.is_of_a_fixed_path();
        if found.is_some() || can_be_none { Ok(found) } else { Err(Unclear) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parameters(value: &str) -> anyhow::Result<OrganizationParameters> {
        let config: Config = [(VARIABLE.to_owned(), value.to_owned())].into_iter().collect();
        OrganizationParameters::new(&config)
    }

    fn found(value: &str, route: &str, path: &Value) -> Result<Option<String>, Unclear> {
        let event = json!({"routeKey": format!("GET {route}"), "pathParameters": path});
        let request = serde_json::from_value(event).unwrap();
        parameters(value).unwrap().of(&request).map(|found| found.map(str::to_owned))
    }

    #[test]
    fn a_route_with_parameters_is_unclear_unless_one_of_them_is_listed() {
        let a = || Ok(Some("a".to_owned()));
        for (value, route, path, expected) in [
            ("", "/o/{organization_id}", json!({"organization_id": "a"}), a()),
            ("", "/{organization_id}/{id}", json!({"organization_id": "a", "id": "b"}), a()),
            ("", "/o/{organizationId}", json!({"organizationId": "a"}), Err(Unclear)),
            ("", "/o/{orgId}", json!({"orgId": "a"}), Err(Unclear)),
            ("", "/{proxy+}", json!({"proxy": "o/a"}), Err(Unclear)),
            ("", "/o/{Organization_Id}", json!({"Organization_Id": "a"}), Err(Unclear)),
            ("", "/o/{organization_id}", json!({"organization_id": ""}), Ok(Some(String::new()))),
            ("", "/o/{organization_id}", json!({"organization_id": null}), Err(Unclear)),
            ("", "/patients", Value::Null, Ok(None)),
            ("orgId", "/o/{orgId}", json!({"orgId": "a"}), a()),
            ("orgId", "/o/{organization_id}", json!({"organization_id": "a"}), Err(Unclear)),
            ("orgId, org", "/o/{org}", json!({"org": "a"}), a()),
            ("orgId,org", "/{org}/{orgId}", json!({"org": "a", "orgId": "a"}), a()),
            ("orgId,org", "/{org}/{orgId}", json!({"org": "a", "orgId": "b"}), Err(Unclear)),
            ("org", "/{org}/{ORG}", json!({"org": "a", "ORG": "a"}), Err(Unclear)),
            ("none", "/{proxy+}", json!({"proxy": "o/a"}), Ok(None)),
            ("org,none", "/{proxy+}", json!({"proxy": "o/a"}), Ok(None)),
            ("org,none", "/{org}", json!({"org": "a"}), a()),
            ("org,none", "/{Org}", json!({"Org": "a"}), Err(Unclear)),
        ] {
            assert_eq!(found(value, route, &path), expected, "{value:?}: {route} {path}");
        }
    }

    #[test]
    fn a_setting_that_is_no_list_of_names_stops_the_function() {
        for value in [",", "{orgId}", "proxy+", "org id", "orgId;none"] {
            let error = parameters(value).err().map(|error| error.to_string());
            assert!(error.is_some_and(|error| error.contains(VARIABLE)), "{value}");
        }
    }
}
