//! The APIs of the password surface.

use anyhow::{Context as _, ensure};
use domain::id::ApiName;
use lambda_http::Request;
use runtime::config::Config;
use runtime::http;

use super::refusal::Refusal;

/// The names in `PASSWORD_API_NAMES`, separated by commas.
#[derive(Clone, Debug)]
pub struct Apis(Vec<ApiName>);

impl Apis {
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let names = config.required("PASSWORD_API_NAMES")?.split(',').map(str::trim);
        let names = names.filter(|name| !name.is_empty()).map(ApiName::parse);
        let names: Vec<_> = names.collect::<Result<_, _>>().context("PASSWORD_API_NAMES")?;
        ensure!(!names.is_empty(), "PASSWORD_API_NAMES is empty: give at least one name of an API");
        Ok(Self(names))
    }

    /// The API in the request's path. Checked before anything else of the request.
    pub fn of(&self, request: &Request) -> Result<&ApiName, Refusal> {
        let name = http::path_parameter(request, "api").unwrap_or_default();
        self.named(name).ok_or(Refusal::UnknownApi)
    }

    pub fn named(&self, name: &str) -> Option<&ApiName> {
        self.0.iter().find(|api| api.as_str() == name)
    }

    /// The API, if the deployment has exactly one.
    pub fn only(&self) -> Option<&ApiName> {
        match self.0.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
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
    fn a_list_without_a_name_or_with_an_impossible_one_is_refused() {
        for names in ["", ",", "a b", "a/b", "patient,ä"] {
            assert!(apis(names).is_err(), "{names:?}");
        }
    }
}
