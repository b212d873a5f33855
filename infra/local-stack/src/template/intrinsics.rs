//! CloudFormation's intrinsic functions, as far as the local stack needs them.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Map, Value, json};
use serde_yaml_ng::Value as Yaml;

use super::arn;

/// Converts YAML to JSON, and short forms such as `!Ref x` to the long form `{"Ref": "x"}`.
pub(super) fn long_form(yaml: Yaml) -> Result<Value> {
    Ok(match yaml {
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let name = match tag.trim_start_matches('!') {
                plain @ ("Ref" | "Condition") => plain.to_owned(),
                function => format!("Fn::{function}"),
            };
            json!({ name: long_form(tagged.value)? })
        }
        Yaml::Mapping(mapping) => {
            let mut object = Map::new();
            for (key, value) in mapping {
                let key = key.as_str().context("a key is not a string")?.to_owned();
                object.insert(key, long_form(value)?);
            }
            Value::Object(object)
        }
        Yaml::Sequence(sequence) => {
            Value::Array(sequence.into_iter().map(long_form).collect::<Result<_>>()?)
        }
        scalar => serde_json::to_value(scalar)?,
    })
}

/// The values of names in the template.
pub(super) struct Scope {
    /// Parameters and pseudo parameters.
    pub(super) values: BTreeMap<String, String>,
    /// Parameters that are lists.
    pub(super) lists: BTreeMap<String, Vec<String>>,
    /// Logical id → resource, in long form.
    pub(super) resources: Map<String, Value>,
}

impl Scope {
    /// The value with every intrinsic function evaluated.
    pub(super) fn resolve(&self, value: &Value) -> Result<Value> {
        match value {
            Value::Object(object) => match object.iter().next() {
                Some((name, argument)) if object.len() == 1 => match name.as_str() {
                    "Ref" => self.value(text(argument)?),
                    "Fn::Sub" => self.substitute(text(argument)?).map(Value::String),
                    "Fn::GetAtt" => self.attribute(argument).map(Value::String),
                    unknown if unknown.starts_with("Fn::") => {
                        bail!("the local stack doesn't support {unknown}")
                    }
                    _ => self.members(object),
                },
                _ => self.members(object),
            },
            Value::Array(items) => items.iter().map(|item| self.resolve(item)).collect(),
            scalar => Ok(scalar.clone()),
        }
    }

    fn members(&self, object: &Map<String, Value>) -> Result<Value> {
        let resolve = |(name, value): (&String, &Value)| Ok((name.clone(), self.resolve(value)?));
        object.iter().map(resolve).collect::<Result<Map<_, _>>>().map(Value::Object)
    }

    /// What a name stands for: a list, if it is a parameter with commas.
    fn value(&self, name: &str) -> Result<Value> {
        match self.lists.get(name) {
            Some(items) => Ok(json!(items)),
            None => self.reference(name).map(Value::String),
        }
    }

    fn reference(&self, name: &str) -> Result<String> {
        if let Some(value) = self.values.get(name) {
            return Ok(value.clone());
        }
        match self.resource_type(name)? {
            "AWS::DynamoDB::Table" => Ok(arn::table_name(name)),
            "AWS::SecretsManager::Secret" => {
                let secret_name = self.property(name, "Name")?;
                Ok(arn::secret(secret_name.as_str().unwrap_or(name)))
            }
            "AWS::Logs::LogGroup" => self.log_group(name),
            "AWS::IAM::ManagedPolicy" => Ok(arn::policy(name)),
            "AWS::CloudFormation::Stack" => Ok(arn::stack(name)),
            "AWS::SNS::Topic" => Ok(arn::topic(name)),
            _ => Ok(name.to_owned()),
        }
    }

    fn log_group(&self, id: &str) -> Result<String> {
        let name = self.property(id, "LogGroupName")?;
        Ok(name.as_str().context("a log group needs LogGroupName")?.to_owned())
    }

    fn attribute(&self, argument: &Value) -> Result<String> {
        let path = match argument {
            Value::Array(parts) => parts.iter().map(text).collect::<Result<Vec<_>>>()?.join("."),
            single => text(single)?.to_owned(),
        };
        let (resource, attribute) = path.split_once('.').context("GetAtt needs an attribute")?;
        match (self.resource_type(resource)?, attribute) {
            ("AWS::DynamoDB::Table", "StreamArn") => Ok(arn::stream(&arn::table_name(resource))),
            ("AWS::DynamoDB::Table", "Arn") => Ok(arn::table(&arn::table_name(resource))),
            ("AWS::SQS::Queue", "Arn") => Ok(arn::queue(resource)),
            ("AWS::S3::Bucket", "Arn") => Ok(arn::bucket(resource)),
            ("AWS::Logs::LogGroup", "Arn") => Ok(arn::log_group(&self.log_group(resource)?)),
            // An output of a nested stack that the function needs is called as the parameter that it comes from.
            ("AWS::CloudFormation::Stack", output) => {
                let name = output.strip_prefix("Outputs.").context("a stack has outputs")?;
                let parameters = self.property(resource, "Parameters")?;
                let value = parameters[name].as_str();
                Ok(value.with_context(|| format!("{resource} has no parameter {name}"))?.to_owned())
            }
            (other, attribute) => bail!("the local stack doesn't support {attribute} of {other}"),
        }
    }

    fn substitute(&self, pattern: &str) -> Result<String> {
        let mut text = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, tail) = after.split_once('}').context("Sub has no closing brace")?;
            text.push_str(before);
            text.push_str(&if name.contains('.') {
                self.attribute(&Value::String(name.to_owned()))?
            } else {
                self.reference(name)?
            });
            rest = tail;
        }
        Ok(text + rest)
    }

    fn property(&self, resource: &str, name: &str) -> Result<Value> {
        self.resolve(&self.resources[resource]["Properties"][name])
    }

    fn resource_type(&self, name: &str) -> Result<&str> {
        self.resources
            .get(name)
            .and_then(|resource| resource["Type"].as_str())
            .ok_or_else(|| anyhow!("{name} is neither a parameter with a value nor a resource"))
    }
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().with_context(|| format!("{value} must be a string"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        let resources = json!({
            "UsersTable": { "Type": "AWS::DynamoDB::Table" },
            "OtpSecret": {
                "Type": "AWS::SecretsManager::Secret",
                "Properties": { "Name": { "Fn::Sub": "${AWS::StackName}/otp" } },
            },
            "Logs": {
                "Type": "AWS::Logs::LogGroup",
                "Properties": { "LogGroupName": { "Fn::Sub": "/aws/${AWS::StackName}" } },
            },
        });
        Scope {
            values: BTreeMap::from([("AWS::StackName".to_owned(), "postern".to_owned())]),
            lists: BTreeMap::from([("Addresses".to_owned(), vec!["a".to_owned(), "b".to_owned()])]),
            resources: resources.as_object().unwrap().clone(),
        }
    }

    fn resolved(yaml: &str) -> Result<Value> {
        scope().resolve(&long_form(serde_yaml_ng::from_str(yaml).unwrap()).unwrap())
    }

    #[test]
    fn short_and_long_forms_mean_the_same() {
        assert_eq!(resolved("!Ref UsersTable").unwrap(), json!("postern-UsersTable"));
        assert_eq!(resolved("Ref: UsersTable").unwrap(), json!("postern-UsersTable"));
        assert_eq!(
            resolved("!GetAtt UsersTable.Arn").unwrap(),
            resolved("Fn::GetAtt: [UsersTable, Arn]").unwrap()
        );
    }

    #[test]
    fn a_secret_is_referred_to_by_an_arn_with_its_name() {
        let arn = resolved("!Ref OtpSecret").unwrap();
        assert!(arn.as_str().unwrap().contains(":secret:postern/otp-"));
    }

    #[test]
    fn substitution_reaches_into_nested_values() {
        let value = resolved("a: [{b: !Sub 'x-${AWS::StackName}-${UsersTable}'}]").unwrap();
        assert_eq!(value, json!({ "a": [{ "b": "x-postern-postern-UsersTable" }] }));
    }

    #[test]
    fn a_log_group_has_its_own_name_and_a_list_is_a_list() {
        assert_eq!(resolved("!Ref Logs").unwrap(), json!("/aws/postern"));
        let arn = resolved("!GetAtt Logs.Arn").unwrap();
        assert!(arn.as_str().unwrap().ends_with(":log-group:/aws/postern:*"));
        assert_eq!(resolved("x: !Ref Addresses").unwrap(), json!({ "x": ["a", "b"] }));
    }

    #[test]
    fn unknown_names_and_functions_are_errors() {
        assert!(resolved("!Ref Nobody").is_err());
        assert!(resolved("!Select [0, [a]]").is_err());
    }
}
