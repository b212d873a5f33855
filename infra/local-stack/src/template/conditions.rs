//! CloudFormation's conditions: which values of the template apply.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

/// The template, in long form, without `Fn::If`: of each the value that applies. `AWS::NoValue` takes its
/// member away.
pub(super) fn applied(document: &Value, values: &BTreeMap<String, String>) -> Result<Value> {
    let conditions = Conditions { declared: &document["Conditions"], values };
    conditions.apply(document)?.context("the template is empty")
}

struct Conditions<'t> {
    /// Name → condition.
    declared: &'t Value,
    /// Parameters and pseudo parameters.
    values: &'t BTreeMap<String, String>,
}

impl Conditions<'_> {
    fn apply(&self, value: &Value) -> Result<Option<Value>> {
        Ok(Some(match value {
            Value::Object(object) => {
                if let Some(argument) = only(object, "Fn::If") {
                    return self.apply(self.chosen(argument)?);
                }
                if only(object, "Ref").is_some_and(|name| name == "AWS::NoValue") {
                    return Ok(None);
                }
                let mut members = Map::new();
                for (name, member) in object {
                    if let Some(member) = self.apply(member)? {
                        members.insert(name.clone(), member);
                    }
                }
                Value::Object(members)
            }
            Value::Array(items) => {
                let mut applied = Vec::new();
                for item in items {
                    applied.extend(self.apply(item)?);
                }
                Value::Array(applied)
            }
            scalar => scalar.clone(),
        }))
    }

    fn chosen<'v>(&self, argument: &'v Value) -> Result<&'v Value> {
        match list(argument) {
            [Value::String(name), yes, no] => Ok(if self.is_true(name)? { yes } else { no }),
            _ => bail!("Fn::If needs a condition and two values, but has {argument}"),
        }
    }

    fn is_true(&self, name: &str) -> Result<bool> {
        let condition = self.declared.get(name).with_context(|| format!("no condition {name}"))?;
        self.holds(condition).with_context(|| format!("condition {name}"))
    }

    fn holds(&self, condition: &Value) -> Result<bool> {
        let members = condition.as_object().context("a condition must be a function")?;
        let (function, argument) = members.iter().next().context("a condition is empty")?;
        match (function.as_str(), list(argument)) {
            ("Condition", _) => self.is_true(argument.as_str().context("Condition needs a name")?),
            ("Fn::Equals", [left, right]) => Ok(self.text(left)? == self.text(right)?),
            ("Fn::Not", [condition]) => Ok(!self.holds(condition)?),
            ("Fn::And", conditions) => {
                conditions.iter().try_fold(true, |all, it| Ok(all && self.holds(it)?))
            }
            ("Fn::Or", conditions) => {
                conditions.iter().try_fold(false, |any, it| Ok(any || self.holds(it)?))
            }
            (unknown, _) => bail!("the local stack doesn't support {unknown} in a condition"),
        }
    }

    fn text(&self, value: &Value) -> Result<String> {
        match value {
            Value::String(text) => Ok(text.clone()),
            Value::Object(object) => {
                match (only(object, "Ref"), only(object, "Fn::Join").map(list)) {
                    (Some(Value::String(name)), _) => self
                        .values
                        .get(name)
                        .cloned()
                        .with_context(|| format!("{name} has no value")),
                    // A list parameter is a text here, too; joined or not, it is empty or it isn't.
                    (_, Some([_, joined])) => self.text(joined),
                    _ => bail!("the local stack doesn't support {value} in a condition"),
                }
            }
            other => Ok(other.to_string()),
        }
    }
}

/// The argument of the object's only member, if that has the name.
fn only<'o>(object: &'o Map<String, Value>, name: &str) -> Option<&'o Value> {
    object.get(name).filter(|_| object.len() == 1)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(key: &str) -> Result<Value> {
        let document = json!({
            "Conditions": {
                "HasKey": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Key"}, ""]}]},
                "HasBoth": {"Fn::And": [{"Condition": "HasKey"}, {"Fn::Equals": [{"Ref": "Count"}, 0]}]},
            },
            "Resources": {
                "Secret": {
                    "KmsKeyId": {"Fn::If": ["HasKey", {"Ref": "Key"}, {"Ref": "AWS::NoValue"}]},
                    "Tags": [{"Fn::If": ["HasBoth", "both", {"Ref": "AWS::NoValue"}]}, "always"],
                },
            },
        });
        let values = [("Key", key), ("Count", "0")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(applied(&document, &values.into())?["Resources"]["Secret"].clone())
    }

    #[test]
    fn the_value_whose_condition_holds_applies() {
        let secret = with("arn").unwrap();
        assert_eq!(secret, json!({ "KmsKeyId": {"Ref": "Key"}, "Tags": ["both", "always"] }));
    }

    #[test]
    fn no_value_takes_its_member_away() {
        assert_eq!(with("").unwrap(), json!({ "Tags": ["always"] }));
    }

    #[test]
    fn an_unknown_condition_is_an_error() {
        let document = json!({ "Resources": {"Fn::If": ["Nobody", 1, 2]} });
        assert!(applied(&document, &BTreeMap::new()).is_err());
    }
}
