//! Filter patterns of event source mappings, in the syntax of `EventBridge`: an object must match in all
//! its fields; an array has alternative rules for one value.

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// A parsed pattern.
#[derive(Debug)]
pub(crate) enum Pattern {
    Fields(Vec<(String, Pattern)>),
    AnyOf(Vec<Rule>),
}

/// A rule for one value.
#[derive(Debug)]
pub(crate) enum Rule {
    Equals(Value),
    Prefix(String),
    Exists(bool),
    AnythingBut(Vec<Value>),
}

impl Pattern {
    /// Parses the JSON text of a pattern. An unsupported rule is an error, not a silent mismatch.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        Self::from_value(serde_json::from_str(text).context("a filter pattern must be JSON")?)
    }

    fn from_value(value: Value) -> Result<Self> {
        match value {
            Value::Object(fields) => fields
                .into_iter()
                .map(|(name, inner)| Ok((name, Self::from_value(inner)?)))
                .collect::<Result<_>>()
                .map(Self::Fields),
            Value::Array(rules) => {
                rules.into_iter().map(Rule::from_value).collect::<Result<_>>().map(Self::AnyOf)
            }
            other => bail!("{other} in a filter pattern must be an object or an array"),
        }
    }

    /// Whether the value matches.
    pub(crate) fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Fields(fields) => fields
                .iter()
                .all(|(name, inner)| inner.matches(value.and_then(|object| object.get(name)))),
            Self::AnyOf(rules) => rules.iter().any(|rule| rule.allows(value)),
        }
    }
}

impl Rule {
    fn from_value(value: Value) -> Result<Self> {
        let Value::Object(rule) = value else { return Ok(Self::Equals(value)) };
        match rule.into_iter().next() {
            Some((name, Value::String(prefix))) if name == "prefix" => Ok(Self::Prefix(prefix)),
            Some((name, Value::Bool(exists))) if name == "exists" => Ok(Self::Exists(exists)),
            Some((name, Value::Array(values))) if name == "anything-but" => {
                Ok(Self::AnythingBut(values))
            }
            Some((name, argument)) => {
                bail!("the local stack doesn't support the filter rule {name}: {argument}")
            }
            None => bail!("a filter rule is empty"),
        }
    }

    fn allows(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Exists(wanted), value) => *wanted == value.is_some(),
            (_, None) => false,
            (Self::Equals(wanted), Some(value)) => wanted == value,
            (Self::Prefix(prefix), Some(value)) => {
                value.as_str().is_some_and(|text| text.starts_with(prefix.as_str()))
            }
            (Self::AnythingBut(unwanted), Some(value)) => !unwanted.contains(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CODES: &str =
        r#"{"eventName":["INSERT","MODIFY"],"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"OTP#"}]}}}}"#;

    fn record(event: &str, key: &str) -> Value {
        json!({ "eventName": event, "dynamodb": { "Keys": { "pk": { "S": key } } } })
    }

    #[test]
    fn codes_pass_and_counters_and_removals_do_not() {
        let pattern = Pattern::parse(CODES).unwrap();
        assert!(pattern.matches(Some(&record("INSERT", "OTP#a"))));
        assert!(pattern.matches(Some(&record("MODIFY", "OTP#a"))));
        assert!(!pattern.matches(Some(&record("REMOVE", "OTP#a"))));
        assert!(!pattern.matches(Some(&record("INSERT", "COUNT#a"))));
        assert!(!pattern.matches(Some(&json!({ "eventName": "INSERT" }))));
    }

    #[test]
    fn fields_can_be_required_forbidden_or_anything_but() {
        let pattern =
            Pattern::parse(r#"{"a":[{"exists":false}],"b":[{"anything-but":[1]}]}"#).unwrap();
        assert!(pattern.matches(Some(&json!({ "b": 2 }))));
        assert!(!pattern.matches(Some(&json!({ "b": 1 }))));
        assert!(!pattern.matches(Some(&json!({ "a": null, "b": 2 }))));
    }

    #[test]
    fn a_rule_that_is_not_known_is_refused() {
        assert!(Pattern::parse(r#"{"a":[{"wildcard":"x*"}]}"#).is_err());
        assert!(Pattern::parse(r#"{"a":1}"#).is_err());
    }
}
