//! Whom each change of an item names as its author, as the audit trail reads it from the stream: by the
//! item before and after.

use std::collections::BTreeSet;

use domain::author::Author;
use domain::id::Nonce;
use serde_json::Value;

use crate::fault::Operation;

/// The attributes that name authors and say nothing else.
const AUTHORS: [&str; 3] = ["by", "revokedBy", "deletedBy"];

/// Items whose changes name nobody: counters, and those on which tests try DynamoDB itself.
const NAMELESS: [&str; 2] = ["COUNT", "FACT"];

/// A change of an item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The partition key's prefix, e.g. `FAM`.
    pub item: String,
    /// The author, e.g. `portal-logout <request id>`.
    pub by: String,
}

impl Change {
    /// Changes of these items, all by one author.
    pub fn all_by(by: &str, items: &[&str]) -> Vec<Self> {
        items.iter().map(|item| Self { item: (*item).to_owned(), by: by.to_owned() }).collect()
    }

    /// The change that a write made; `None` if it changed nothing, or an item that names nobody.
    ///
    /// # Panics
    /// If the images name another author than the write, or if nothing but an author was changed.
    pub(crate) fn of(
        write: &Operation,
        request: &Value,
        before: &Value,
        after: &Value,
    ) -> Option<Self> {
        if before == after || NAMELESS.contains(&write.item.as_str()) {
            return None;
        }
        let by = author(before, after);
        let sender = sender(request);
        let is_named = Author::parse(&by).is_ok();
        assert!(
            is_named && by.starts_with(&sender),
            "{write:?} of {sender} reads as one of {by:?}"
        );
        let is_mark = before["deletedBy"].is_null() && !after["deletedBy"].is_null();
        let is_phantom = !is_mark && without_authors(before) == without_authors(after);
        assert!(!is_phantom, "{write:?} of {sender} changed an author and nothing else");
        Some(Self { item: write.item.clone(), by })
    }
}

fn author(before: &Value, after: &Value) -> String {
    let text = |image: &Value, name: &str| image[name]["S"].as_str().unwrap_or_default().to_owned();
    if after.is_null() {
        let marked = text(before, "deletedBy");
        return if marked.is_empty() { text(before, "by") } else { marked };
    }
    for name in ["by", "revokedBy"] {
        if text(before, name) != text(after, name) {
            return text(after, name);
        }
    }
    let (before, after) = (attempts(before), attempts(after));
    let differing: Vec<_> = before.symmetric_difference(&after).collect();
    match differing[..] {
        [nonce] => of_attempt(nonce),
        _ => String::new(),
    }
}

fn attempts(image: &Value) -> BTreeSet<String> {
    let nonces = image["attempts"]["SS"].as_array().into_iter().flatten();
    nonces.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Only one function tries codes.
fn of_attempt(nonce: &str) -> String {
    let request_id = Nonce::stored(nonce).request_id();
    request_id.map(|id| format!("portal-verify-otp {id}")).unwrap_or_default()
}

/// Whom a write names as its author, or how that one's name begins.
fn sender(request: &Value) -> String {
    let values = &request["ExpressionAttributeValues"];
    let named = [&request["Item"]["by"], &values[":by"], &values[":author"], &values[":call"]];
    let named = named.into_iter().find_map(|value| value["S"].as_str()).map(str::to_owned);
    named.or_else(|| values[":nonce"]["S"].as_str().map(of_attempt)).unwrap_or_default()
}

fn without_authors(image: &Value) -> Value {
    let mut image = image.clone();
    if let Some(attributes) = image.as_object_mut() {
        attributes.retain(|name, _| !AUTHORS.contains(&name.as_str()));
    }
    image
}
