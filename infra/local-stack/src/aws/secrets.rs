//! Secrets Manager: `GetSecretValue` and `PutSecretValue` of the template's secrets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::private_file;
use crate::template::{GenerateSecretString, Secret, arn};

/// The values by name, in a file that outlives the stack if there is a data folder.
pub(crate) struct Secrets {
    /// Those of the template, with or without a value.
    names: Vec<String>,
    values: Mutex<BTreeMap<String, String>>,
    file: Option<PathBuf>,
}

impl Secrets {
    /// Reads what an earlier run kept, and generates what is missing as CloudFormation would.
    pub(crate) fn open(secrets: &[Secret], data: Option<&Path>) -> Result<Self> {
        let file = data.map(|folder| folder.join("secrets.json"));
        let mut values: BTreeMap<String, String> = match &file {
            Some(file) if file.exists() => serde_json::from_slice(&std::fs::read(file)?)
                .with_context(|| format!("read {}", file.display()))?,
            _ => BTreeMap::new(),
        };
        for secret in secrets {
            if let Some(rules) = &secret.generate_secret_string
                && !values.contains_key(&secret.name)
            {
                values.insert(secret.name.clone(), generate(rules)?);
            }
        }
        save(file.as_deref(), &values)?;
        let names = secrets.iter().map(|secret| secret.name.clone()).collect();
        Ok(Self { names, values: Mutex::new(values), file })
    }

    fn name(&self, id: &str) -> Option<String> {
        self.names.iter().find(|name| id == **name || id == arn::secret(name)).cloned()
    }

    async fn get(&self, name: &str) -> Option<String> {
        self.values.lock().await.get(name).cloned()
    }

    async fn put(&self, name: String, value: String) -> Result<()> {
        let mut values = self.values.lock().await;
        values.insert(name, value);
        save(self.file.as_deref(), &values)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Call {
    secret_id: String,
    secret_string: Option<String>,
}

pub(super) async fn answer(
    State(secrets): State<Arc<Secrets>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Ok(call) = serde_json::from_slice::<Call>(&body) else {
        return refuse("SerializationException", "SecretId is missing");
    };
    let Some(name) = secrets.name(&call.secret_id) else { return not_found("secret") };
    let operation =
        headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let mut reply = json!({ "ARN": arn::secret(&name), "Name": name, "VersionId": Uuid::new_v4(), "VersionStages": ["AWSCURRENT"] });
    match (operation, call.secret_string) {
        ("secretsmanager.GetSecretValue", _) => match secrets.get(&name).await {
            Some(value) => reply["SecretString"] = Value::String(value),
            None => return not_found("secret value for staging label: AWSCURRENT"),
        },
        ("secretsmanager.PutSecretValue", Some(new)) => {
            if secrets.put(name, new).await.is_err() {
                return refuse("InternalServiceError", "The secret could not be saved.");
            }
        }
        _ => {
            return refuse(
                "UnknownOperationException",
                "The local stack knows GetSecretValue and PutSecretValue.",
            );
        }
    }
    Json(reply).into_response()
}

fn not_found(what: &str) -> Response {
    let message = format!("Secrets Manager can't find the specified {what}.");
    refuse("ResourceNotFoundException", &message)
}

fn refuse(kind: &str, message: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "__type": kind, "message": message }))).into_response()
}

fn save(file: Option<&Path>, values: &BTreeMap<String, String>) -> Result<()> {
    file.map_or(Ok(()), |file| private_file::write(file, &serde_json::to_vec_pretty(values)?))
}

fn generate(rules: &GenerateSecretString) -> Result<String> {
    let mut value: Value = serde_json::from_str(&rules.secret_string_template)?;
    value[&rules.generate_string_key] = Value::String(password(rules.password_length)?);
    Ok(value.to_string())
}

/// Letters and digits, each as likely as any other, and at least one of each kind.
fn password(length: usize) -> Result<String> {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    ensure!(length >= 3, "a generated secret needs room for each kind of character");
    loop {
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let mut byte = [0];
            getrandom::fill(&mut byte).context("draw random bytes")?;
            // 248 is the largest multiple of 62 that a byte holds: above it some letters would be likelier.
            if byte[0] < 248 {
                text.push(char::from(ALPHABET[usize::from(byte[0]) % ALPHABET.len()]));
            }
        }
        let kinds = [char::is_uppercase, char::is_lowercase, char::is_numeric];
        if kinds.iter().all(|kind| text.chars().any(kind)) {
            return Ok(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_secret_is_the_template_with_one_key_more() {
        let rules = serde_json::from_value(json!({
            "SecretStringTemplate": r#"{"kid":"initial"}"#, "GenerateStringKey": "key",
            "PasswordLength": 88, "ExcludePunctuation": true, "IncludeSpace": false,
        }));
        let value: Value = serde_json::from_str(&generate(&rules.unwrap()).unwrap()).unwrap();
        assert_eq!(value["kid"], "initial");
        let key = value["key"].as_str().unwrap();
        assert!(key.len() == 88 && key.chars().all(|it| it.is_ascii_alphanumeric()));
    }

    #[test]
    fn no_two_passwords_are_alike() {
        assert_ne!(password(88).unwrap(), password(88).unwrap());
    }
}
