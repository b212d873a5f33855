//! The secrets of the template: names, and rules to generate the first values.

use anyhow::{Result, bail};
use serde::Deserialize;
use serde_json::Value;

use super::intrinsics::Scope;

/// A secret of the template.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Secret {
    /// The name in the template or, without one, the logical id; CloudFormation also derives names from it.
    #[serde(default)]
    pub(crate) name: String,
    /// How CloudFormation generates the first value. Without it, the secret is empty until an operator
    /// stores a value.
    pub(crate) generate_secret_string: Option<GenerateSecretString>,
}

/// The parts of `GenerateSecretString` that the template uses.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct GenerateSecretString {
    pub(crate) secret_string_template: String,
    pub(crate) generate_string_key: String,
    pub(crate) password_length: usize,
    exclude_punctuation: bool,
    include_space: bool,
}

pub(super) fn read(scope: &Scope, id: &str, properties: &Value) -> Result<Secret> {
    let mut secret: Secret = serde_json::from_value(scope.resolve(properties)?)?;
    if secret.name.is_empty() {
        id.clone_into(&mut secret.name);
    }
    if let Some(rules) = &secret.generate_secret_string
        && (!rules.exclude_punctuation || rules.include_space)
    {
        bail!(
            "{}: the local stack needs ExcludePunctuation: true and IncludeSpace: false",
            secret.name
        );
    }
    Ok(secret)
}
