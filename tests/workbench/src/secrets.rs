//! Secrets Manager, as far as it is called.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use base64::Engine as _;
use runtime::resources::KeyRingName;
use serde_json::{Value, json};

use crate::dynamodb::Answer;

/// The one secret that has no value until somebody puts one.
const EMPTY: KeyRingName = KeyRingName::PartnerSigning;

const CURRENT: &str = "AWSCURRENT";

/// Key rings by name. A ring that nobody set has one key, `<variable>-1`, made from its name.
#[derive(Clone, Default)]
pub struct Secrets {
    rings: Arc<Mutex<HashMap<String, Versions>>>,
    down: Arc<Mutex<bool>>,
}

/// Every value that a secret ever had; the id of a version is its index.
#[derive(Default)]
struct Versions {
    values: Vec<Value>,
    current: Option<usize>,
}

impl Versions {
    fn new(name: &str) -> Self {
        let mut versions = Self::default();
        if name != EMPTY.variable() {
            versions.put(key(&format!("{name}-1")), true);
        }
        versions
    }

    fn put(&mut self, value: Value, is_current: bool) -> usize {
        let id = self.values.len();
        self.values.push(value);
        if is_current {
            self.current = Some(id);
        }
        id
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
        self.with(name.variable(), |versions| versions.put(value, true));
    }

    /// The value of a secret, if it has one.
    pub fn value(&self, name: KeyRingName) -> Option<Value> {
        self.with(name.variable(), |versions| {
            versions.current.map(|id| versions.values[id].clone())
        })
    }

    /// Answers nothing but errors, or again as usual.
    pub fn set_down(&self, down: bool) {
        *self.down.lock().unwrap_or_else(PoisonError::into_inner) = down;
    }

    /// The key material of a ring's key, as an independent reader would have it.
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
        let version = |field: &str| request[field].as_str().and_then(|id| id.parse::<usize>().ok());
        self.with(name, |versions| match target.rsplit('.').next().unwrap_or_default() {
            "GetSecretValue" => Ok(match versions.current {
                Some(id) => taken(&json!({
                    "Name": name,
                    "SecretString": versions.values[id].to_string(),
                    "VersionId": id.to_string(),
                })),
                None => refuse(400, "ResourceNotFoundException"),
            }),
            "PutSecretValue" => {
                let value = request["SecretString"].as_str().context("no SecretString")?;
                let stages = request["VersionStages"].as_array();
                let is_current = stages.is_none_or(|stages| stages.contains(&CURRENT.into()));
                let id = versions.put(serde_json::from_str(value)?, is_current);
                Ok(taken(&json!({"Name": name, "VersionId": id.to_string()})))
            }
            "UpdateSecretVersionStage" if request["VersionStage"] == CURRENT => {
                let to = version("MoveToVersionId").filter(|id| *id < versions.values.len());
                if to.is_none() || version("RemoveFromVersionId") != versions.current {
                    return Ok(refuse(400, "InvalidParameterException"));
                }
                versions.current = to;
                Ok(taken(&json!({"Name": name})))
            }
            other => anyhow::bail!("{other} is not used here"),
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
