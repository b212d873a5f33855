//! The APIs of the password surface.

use anyhow::{Context as _, ensure};
use domain::id::ApiName;
use lambda_http::Request;
use runtime::config::Config;
use runtime::http;

use super::refusal::Refusal;

/// The APIs of the deployment.
#[derive(Clone, Debug)]
pub struct Apis {
    /// The names in `PASSWORD_API_NAMES`, separated by commas.
    names: Vec<ApiName>,
    /// `PASSWORD_LOGIN_ALIASES`, which only the login has.
    has_aliases: bool,
}

impl Apis {
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let names = config.required("PASSWORD_API_NAMES")?.split(',').map(str::trim);
        let names = names.filter(|name| !name.is_empty()).map(ApiName::parse);
        let names: Vec<_> = names.collect::<Result<_, _>>().context("PASSWORD_API_NAMES")?;
        ensure!(!names.is_empty(), "PASSWORD_API_NAMES is empty: give at least one name of an API");
        Ok(Self { names, has_aliases: config.flag("PASSWORD_LOGIN_ALIASES")? })
    }

    /// The API in the request's path or, on the path of an alias, which has none, the deployment's only
    /// API. Checked before anything else of the request.
    pub fn of(&self, request: &Request) -> Result<&ApiName, Refusal> {
        let api = match http::path_parameter(request, "api") {
            Some(name) => self.named(name),
            None if self.has_aliases => self.only(),
            None => None,
        };
        api.ok_or(Refusal::UnknownApi)
    }

    pub fn named(&self, name: &str) -> Option<&ApiName> {
        self.names.iter().find(|api| api.as_str() == name)
    }

    /// The API, if the deployment has exactly one.
    pub fn only(&self) -> Option<&ApiName> {
        match self.names.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use lambda_http::RequestExt as _;

    use super::*;

    fn apis(names: &str) -> anyhow::Result<Apis> {
        let variable = ("PASSWORD_API_NAMES".to_owned(), names.to_owned());
        Apis::new(&[variable].into_iter().collect())
    }

    #[test]
    fn names_are_separated_by_commas_and_matched_to_the_letter() {
        let apis = apis(" patient, crm,").unwrap();
        assert!(apis.named("patient").is_some() && apis.named("crm").is_some());
        for name in ["", "Patient", "patient,crm", "patien"] {
            assert!(apis.named(name).is_none(), "{name}");
        }
        assert!(apis.only().is_none());
        assert_eq!(self::apis("patient").unwrap().only().map(ApiName::as_str), Some("patient"));
    }

    #[test]
    fn a_path_without_an_api_means_the_only_one_where_aliases_are_on() {
        let of = |names: &str, aliases: &str, api: Option<&str>| {
            let variables = [("PASSWORD_API_NAMES", names), ("PASSWORD_LOGIN_ALIASES", aliases)];
            let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let apis = Apis::new(&variables.into_iter().collect()).unwrap();
            let parameters = api.into_iter().map(|api| ("api".to_owned(), api.to_owned()));
            let parameters: HashMap<_, _> = parameters.collect();
            let request = Request::default().with_path_parameters(parameters);
            apis.of(&request).ok().map(ToString::to_string)
        };
        let patient = Some("patient".to_owned());
        assert_eq!(of("patient", "true", None), patient);
        assert_eq!(of("patient", "true", Some("patient")), patient);
        for (names, aliases, api) in [
            ("patient", "false", None),
            ("patient", "", None),
            ("patient,crm", "true", None),
            ("patient", "true", Some("auth")),
            ("patient", "true", Some("")),
        ] {
            assert_eq!(of(names, aliases, api), None, "{names}, {aliases}, {api:?}");
        }
    }

    #[test]
    fn a_list_without_a_name_or_with_an_impossible_one_is_refused() {
        for names in ["", ",", "a b", "a/b", "patient,ä"] {
            assert!(apis(names).is_err(), "{names:?}");
        }
    }
}
