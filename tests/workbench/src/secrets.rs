//! Secrets Manager.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use base64::Engine as _;
use runtime::resources::KeyRingName;
use serde_json::{Value, json};

use crate::dynamodb::Answer;

const CURRENT: &str = "AWSCURRENT";

/// Key rings by name. Unless a test sets a ring, it has one key, `<variable>-1`, derived from its name.
#[derive(Clone, Default)]
pub struct Secrets {
    rings: Arc<Mutex<HashMap<String, Versions>>>,
    down: Arc<Mutex<bool>>,
}

/// Every value that a secret ever had, by the id of its version.
#[derive(Default)]
struct Versions {
    values: HashMap<String, Value>,
    current: Option<String>,
}

impl Versions {
    fn new(name: &str) -> Self {
        let mut versions = Self::default();
        // CloudFormation can't generate RSA keys.
        let has_rsa_keys = |ring: &KeyRingName| ring.has_rsa_keys() && ring.variable() == name;
        if !KeyRingName::ALL.iter().any(has_rsa_keys) {
            versions.replace(key(&format!("{name}-1")));
        }
        versions
    }

    fn replace(&mut self, value: Value) {
        let id = format!("replaced-{}", self.values.len());
        self.values.insert(id.clone(), value);
        self.current = Some(id);
    }

    fn value(&self) -> Option<&Value> {
        self.values.get(self.current.as_ref()?)
    }
}

impl Secrets {
    /// Replaces a ring: the current key and the previous ones, by their ids.
    pub fn rotate(&self, name: KeyRingName, current: &str, previous: &[&str]) {
        let previous: Vec<Value> = previous.iter().map(|kid| key(kid)).collect();
        let ring = json!({"current": key(current), "previous": previous});
        self.put(name, ring);
    }

    /// Replaces the value of a secret.
    pub fn put(&self, name: KeyRingName, value: Value) {
        self.with(name.variable(), |versions| versions.replace(value));
    }

    /// The value of a secret, if it has one.
    pub fn value(&self, name: KeyRingName) -> Option<Value> {
        self.with(name.variable(), |versions| versions.value().cloned())
    }

    /// Answers every call with an error, or no longer.
    pub fn set_down(&self, down: bool) {
        *self.down.lock().unwrap_or_else(PoisonError::into_inner) = down;
    }

    /// The bytes of a key, for a test that computes the expected result itself.
    pub fn material(kid: &str) -> Vec<u8> {
        kid.bytes().cycle().take(64).collect()
    }

    fn with<R>(&self, name: &str, act: impl FnOnce(&mut Versions) -> R) -> R {
        let mut rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        act(rings.entry(name.to_owned()).or_insert_with(|| Versions::new(name)))
    }

    pub(crate) fn answer(&self, target: &str, body: &str) -> anyhow::Result<Answer> {
        if *self.down.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(refuse(500, "InternalServiceError"));
        }
        let request: Value = serde_json::from_str(body)?;
        let name = request["SecretId"].as_str().context("no SecretId")?;
        let text = |field: &str| request[field].as_str().map(str::to_owned);
        self.with(name, |versions| match target.rsplit('.').next().unwrap_or_default() {
            "GetSecretValue" => Ok(match versions.value() {
                Some(value) => taken(&json!({
                    "Name": name,
                    "SecretString": value.to_string(),
                    "VersionId": versions.current,
                })),
                None => refuse(400, "ResourceNotFoundException"),
            }),
            "PutSecretValue" => {
                let id = text("ClientRequestToken").context("no ClientRequestToken")?;
                let value = text("SecretString").context("no SecretString")?;
                let value: Value = serde_json::from_str(&value)?;
                if versions.values.get(&id).is_some_and(|found| *found != value) {
                    return Ok(refuse(400, "ResourceExistsException"));
                }
                versions.values.insert(id.clone(), value);
                let stages = request["VersionStages"].as_array();
                if stages.is_none_or(|stages| stages.contains(&CURRENT.into())) {
                    versions.current = Some(id.clone());
                }
                Ok(taken(&json!({"Name": name, "VersionId": id})))
            }
            "UpdateSecretVersionStage" if request["VersionStage"] == CURRENT => {
                let to = text("MoveToVersionId").filter(|id| versions.values.contains_key(id));
                if to.is_none() || text("RemoveFromVersionId") != versions.current {
                    return Ok(refuse(400, "InvalidParameterException"));
                }
                versions.current = to;
                Ok(taken(&json!({"Name": name})))
            }
            other => anyhow::bail!("the workbench doesn't support {other}"),
        })
    }
}

fn taken(body: &Value) -> Answer {
    Answer { status: 200, body: body.to_string() }
}

fn refuse(status: u16, code: &str) -> Answer {
    Answer { status, body: json!({"__type": code}).to_string() }
}

fn key(kid: &str) -> Value {
    let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Secrets::material(kid));
    json!({"kid": kid, "key": text})
}
