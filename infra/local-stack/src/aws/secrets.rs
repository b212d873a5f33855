//! Secrets Manager: `GetSecretValue`, `PutSecretValue` and `UpdateSecretVersionStage` of the template's
//! secrets.

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

/// The secrets. If there is a data folder, a file in it stores their current values over restarts.
pub(crate) struct Secrets {
    /// The secrets of the template by name, with or without a value.
    by_name: Mutex<BTreeMap<String, Versions>>,
    file: Option<PathBuf>,
}

/// The versions of a secret. Without a value, `current` is empty.
#[derive(Default)]
struct Versions {
    current: String,
    values: BTreeMap<String, String>,
}

impl Versions {
    fn new(value: String) -> Self {
        let current = Uuid::new_v4().to_string();
        Self { values: BTreeMap::from([(current.clone(), value)]), current }
    }

    fn value(&self) -> Option<&str> {
        self.values.get(&self.current).map(String::as_str)
    }

    /// Adds a version, and makes it current unless another stage is named. Returns its id; `None` if a
    /// version with this id has another value.
    fn put(&mut self, call: Call) -> Option<String> {
        let id = call.client_request_token.unwrap_or_else(|| Uuid::new_v4().to_string());
        let value = call.secret_string.unwrap_or_default();
        if self.values.get(&id).is_some_and(|found| *found != value) {
            return None;
        }
        self.values.insert(id.clone(), value);
        let is_current = |stages: &[String]| stages.iter().any(|stage| stage == CURRENT);
        if call.version_stages.as_deref().is_none_or(is_current) {
            self.current.clone_from(&id);
        }
        Some(id)
    }

    /// Moves the label of the current version from `from` to `to`; `false` if it isn't on `from`.
    fn move_current(&mut self, from: Option<&str>, to: &str) -> bool {
        let is_moved = from == Some(&self.current) && self.values.contains_key(to);
        if is_moved {
            to.clone_into(&mut self.current);
        }
        is_moved
    }
}

impl Secrets {
    /// Reads the stored values, and generates missing ones as CloudFormation does.
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
        let mut by_name: BTreeMap<_, _> =
            values.into_iter().map(|(name, value)| (name, Versions::new(value))).collect();
        for secret in secrets {
            by_name.entry(secret.name.clone()).or_default();
        }
        save(file.as_deref(), &by_name)?;
        Ok(Self { by_name: Mutex::new(by_name), file })
    }
}

const CURRENT: &str = "AWSCURRENT";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Call {
    secret_id: String,
    secret_string: Option<String>,
    client_request_token: Option<String>,
    version_stages: Option<Vec<String>>,
    version_stage: Option<String>,
    move_to_version_id: Option<String>,
    remove_from_version_id: Option<String>,
}

pub(super) async fn answer(
    State(secrets): State<Arc<Secrets>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Ok(call) = serde_json::from_slice::<Call>(&body) else {
        return refuse("SerializationException", "SecretId is missing");
    };
    let mut by_name = secrets.by_name.lock().await;
    let id = &call.secret_id;
    let found = by_name.iter_mut().find(|(name, _)| id == *name || *id == arn::secret(name));
    let Some((name, versions)) = found else {
        return not_found("secret");
    };
    let mut reply = json!({ "ARN": arn::secret(name), "Name": name });
    let operation =
        headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    match operation.strip_prefix("secretsmanager.") {
        Some("GetSecretValue") if versions.value().is_none() => {
            return not_found("secret value for staging label: AWSCURRENT");
        }
        Some("GetSecretValue") => {
            reply["SecretString"] = versions.value().into();
            reply["VersionId"] = versions.current.as_str().into();
            reply["VersionStages"] = json!([CURRENT]);
            return Json(reply).into_response();
        }
        Some("PutSecretValue") if call.secret_string.is_some() => {
            let Some(id) = versions.put(call) else {
                let message = "A version with this ClientRequestToken has another value.";
                return refuse("ResourceExistsException", message);
            };
            reply["VersionId"] = id.into();
        }
        Some("UpdateSecretVersionStage") if call.version_stage.as_deref() == Some(CURRENT) => {
            let (from, to) = (call.remove_from_version_id, call.move_to_version_id);
            if !versions.move_current(from.as_deref(), to.as_deref().unwrap_or_default()) {
                let message = "The parameter RemoveFromVersionId can't be empty. Staging label \
                               AWSCURRENT is currently attached to another version.";
                return refuse("InvalidParameterException", message);
            }
        }
        _ => {
            return refuse(
                "UnknownOperationException",
                "The local stack supports only GetSecretValue, PutSecretValue, and UpdateSecretVersionStage of AWSCURRENT.",
            );
        }
    }
    if save(secrets.file.as_deref(), &by_name).is_err() {
        return refuse("InternalServiceError", "The secret could not be saved.");
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

fn save(file: Option<&Path>, by_name: &BTreeMap<String, Versions>) -> Result<()> {
    let Some(file) = file else { return Ok(()) };
    let values: BTreeMap<_, _> =
        by_name.iter().filter_map(|(name, versions)| Some((name, versions.value()?))).collect();
    private_file::write(file, &serde_json::to_vec_pretty(&values)?)
}

fn generate(rules: &GenerateSecretString) -> Result<String> {
    let mut value: Value = serde_json::from_str(&rules.secret_string_template)?;
    value[&rules.generate_string_key] = Value::String(password(rules.password_length)?);
    Ok(value.to_string())
}

/// Letters and digits, each as likely as any other, and at least one of each kind.
fn password(length: usize) -> Result<String> {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    ensure!(length >= 3, "PasswordLength must be at least 3, one for each kind of character");
    loop {
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let mut byte = [0];
            getrandom::fill(&mut byte).context("generate random bytes")?;
            // 248 is the largest multiple of 62 in a byte: bytes from there on would make some letters
            // likelier.
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
    fn the_label_of_the_current_version_is_moved_only_from_where_it_is() {
        let mut versions = Versions::new("one".into());
        let first = versions.current.clone();
        let call = |text: &str| {
            let call =
                json!({ "SecretId": "s", "SecretString": text, "VersionStages": ["AWSPENDING"] });
            serde_json::from_value(call).unwrap()
        };
        let mut put = |text| versions.put(call(text)).unwrap();
        let (second, third) = (put("two"), put("three"));
        assert_eq!(versions.value(), Some("one"));
        assert!(versions.move_current(Some(&first), &second));
        assert!(
            !versions.move_current(Some(&first), &third) && !versions.move_current(None, &third)
        );
        assert_eq!(versions.value(), Some("two"));
        let with_id = |text: &str| {
            let call = json!({ "SecretId": "s", "SecretString": text, "ClientRequestToken": "id" });
            serde_json::from_value(call).unwrap()
        };
        assert_eq!(versions.put(with_id("four")).as_deref(), Some("id"));
        assert_eq!(versions.put(with_id("five")), None);
        assert_eq!(versions.value(), Some("four"));
    }

    #[test]
    fn no_two_passwords_are_alike() {
        assert_ne!(password(88).unwrap(), password(88).unwrap());
    }
}
