//! Secrets Manager, as far as it is called.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use base64::Engine as _;
use serde_json::{Value, json};

use crate::dynamodb::Answer;

/// The one secret that holds nothing until somebody puts something into it.
pub(crate) const EMPTY: &str = "PARTNER_SIGNING_SECRET";

/// Key rings by name. A ring that nobody set has one key, `<name>-1`, made from its name.
#[derive(Clone, Default)]
pub struct Secrets {
    rings: Arc<Mutex<HashMap<String, Value>>>,
    down: Arc<Mutex<bool>>,
}

impl Secrets {
    /// Replaces a ring: the current key and the previous ones, by their ids.
    pub fn rotate(&self, name: &str, current: &str, previous: &[&str]) {
        let previous: Vec<Value> = previous.iter().map(|kid| key(kid)).collect();
        let ring = json!({"current": key(current), "previous": previous});
        self.put(name, ring);
    }

    /// Replaces what a secret holds.
    pub fn put(&self, name: &str, value: Value) {
        self.rings.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), value);
    }

    /// What a secret holds, if somebody put something into it.
    #[must_use]
    pub fn held(&self, name: &str) -> Option<Value> {
        self.rings.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Answers nothing but errors, or again as usual.
    pub fn set_down(&self, down: bool) {
        *self.down.lock().unwrap_or_else(PoisonError::into_inner) = down;
    }

    /// The key material of a ring's key, as an independent reader would have it.
    #[must_use]
    pub fn material(kid: &str) -> Vec<u8> {
        kid.bytes().cycle().take(64).collect()
    }

    pub(crate) fn answer(&self, body: &str) -> anyhow::Result<Answer> {
        if *self.down.lock().unwrap_or_else(PoisonError::into_inner) {
            let body = json!({"__type": "InternalServiceError"}).to_string();
            return Ok(Answer { status: 500, body });
        }
        let request: Value = serde_json::from_str(body)?;
        let name = request["SecretId"].as_str().context("no SecretId")?;
        if let Some(text) = request["SecretString"].as_str() {
            self.put(name, serde_json::from_str(text)?);
            return Ok(Answer { status: 200, body: json!({"Name": name}).to_string() });
        }
        let ring = match self.held(name) {
            Some(ring) => ring,
            None if name == EMPTY => {
                let body = json!({"__type": "ResourceNotFoundException"}).to_string();
                return Ok(Answer { status: 400, body });
            }
            None => key(&format!("{name}-1")),
        };
        let body = json!({"Name": name, "SecretString": ring.to_string()}).to_string();
        Ok(Answer { status: 200, body })
    }
}

fn key(kid: &str) -> Value {
    let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Secrets::material(kid));
    json!({"kid": kid, "key": text})
}
