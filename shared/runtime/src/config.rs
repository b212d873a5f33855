//! The environment variables, read once. If one is missing, the function doesn't start, and the error
//! names it.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::{Context as _, bail};

/// The environment variables of a function.
#[derive(Clone)]
pub struct Config {
    variables: BTreeMap<String, String>,
}

impl Config {
    /// Reads the environment of the process.
    #[expect(clippy::disallowed_methods, reason = "the one sanctioned reading of the environment")]
    pub fn from_environment() -> Self {
        std::env::vars().collect()
    }

    /// Adds these variables. They replace those of the same name.
    pub fn with(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.variables.extend(variables);
        self
    }

    /// The value of a variable that must be set.
    pub fn required(&self, name: &str) -> anyhow::Result<&str> {
        self.optional(name).with_context(|| format!("the environment variable {name} is not set"))
    }

    /// The value of a variable, unless it is missing or blank.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
    }

    /// A duration in whole seconds, or `default` if the variable is missing or blank.
    pub fn seconds(&self, name: &str, default: Duration) -> anyhow::Result<Duration> {
        Ok(self.number(name)?.map_or(default, |count| Duration::from_secs(count.into())))
    }

    /// A duration in whole milliseconds, or `default` if the variable is missing or blank.
    pub fn milliseconds(&self, name: &str, default: Duration) -> anyhow::Result<Duration> {
        Ok(self.number(name)?.map_or(default, |count| Duration::from_millis(count.into())))
    }

    /// Whether a variable is `true`; not if it is missing or blank.
    pub fn flag(&self, name: &str) -> anyhow::Result<bool> {
        match self.optional(name).map(str::trim) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => bail!("the environment variable {name} is neither true nor false"),
        }
    }

    fn number(&self, name: &str) -> anyhow::Result<Option<u32>> {
        let Some(text) = self.optional(name) else { return Ok(None) };
        let number: NonZeroU32 = text.parse().with_context(|| {
            format!("the environment variable {name} is not a whole number above zero")
        })?;
        Ok(Some(number.get()))
    }
}

impl FromIterator<(String, String)> for Config {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self { variables: variables.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_blank_variable_names_itself() {
        let config: Config = [("BLANK".to_owned(), "  ".to_owned())].into_iter().collect();
        for name in ["BLANK", "USERS_TABLE"] {
            let error = config.required(name).map_err(|error| error.to_string());
            assert_eq!(error, Err(format!("the environment variable {name} is not set")));
        }
    }

    #[test]
    fn a_span_of_time_is_a_whole_number_of_seconds_above_zero() {
        let span = |text: &str| {
            let config: Config = [("SPAN".to_owned(), text.to_owned())].into_iter().collect();
            config.seconds("SPAN", Duration::from_secs(7)).ok().map(|span| span.as_secs())
        };
        let spans = ["", "60", "0", "-1", "1.5", "1h"].map(span);
        assert_eq!(spans, [Some(7), Some(60), None, None, None, None]);
    }
}
