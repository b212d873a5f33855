//! Keyed digests of items and of their contents.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::table::AuditedTable;
use crate::key::KeyBytes;
use crate::{encoding, mac};

/// Bytes of a tag. Nobody without the key can look for two items with one tag, and by chance there are
/// none among 2^64.
const TAG_BYTES: usize = 16;

/// The attributes of an item in DynamoDB's JSON, as streams have it.
pub type Image = Map<String, Value>;

/// What stands for an item's key, or for its content, in a line: an HMAC under the audit key, 22
/// characters. It shows only which lines are of one item, and whether two contents are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tag(String);

/// A value is of no type that DynamoDB has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an attribute of the item is of no type that DynamoDB has")]
pub struct UnknownType;

impl Tag {
    /// The tag of an item, by its key.
    pub fn of_item(key: &KeyBytes, table: AuditedTable, pk: &str) -> Self {
        Self::of(key, &[b"item\0", table.as_str().as_bytes(), b"\0", pk.as_bytes()])
    }

    /// The tag of an item's content.
    pub fn of_image(key: &KeyBytes, image: &Image) -> Result<Self, UnknownType> {
        let mut canonical = Vec::new();
        map(&mut canonical, image)?;
        Ok(Self::of(key, &[b"image\0", &canonical]))
    }

    /// The tag of the author of a write, whom its text names.
    pub(super) fn of_author(key: &KeyBytes, by: &str) -> Self {
        Self::of(key, &[b"author\0", by.as_bytes()])
    }

    fn of(key: &KeyBytes, parts: &[&[u8]]) -> Self {
        Self(encoding::base64url(&mac::sha256(key, parts)[..TAG_BYTES]))
    }

    /// The text in lines.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Attributes by name, each name and value with its length before it: no two contents have one form.
fn map(into: &mut Vec<u8>, image: &Image) -> Result<(), UnknownType> {
    let mut names: Vec<&String> = image.keys().collect();
    names.sort_unstable();
    count(into, names.len());
    for name in names {
        text(into, name);
        attribute(into, &image[name])?;
    }
    Ok(())
}

fn attribute(into: &mut Vec<u8>, typed: &Value) -> Result<(), UnknownType> {
    let typed = typed.as_object().filter(|typed| typed.len() == 1).ok_or(UnknownType)?;
    let (kind, value) = typed.iter().next().ok_or(UnknownType)?;
    text(into, kind);
    match (kind.as_str(), value) {
        ("S" | "N" | "B", Value::String(value)) => text(into, value),
        ("BOOL" | "NULL", Value::Bool(value)) => into.push(u8::from(*value)),
        ("SS" | "NS" | "BS", Value::Array(values)) => {
            let texts: Option<Vec<&str>> = values.iter().map(Value::as_str).collect();
            // A set has no order, and its elements come in any.
            let mut texts = texts.ok_or(UnknownType)?;
            texts.sort_unstable();
            count(into, texts.len());
            for element in texts {
                text(into, element);
            }
        }
        ("L", Value::Array(values)) => {
            count(into, values.len());
            values.iter().try_for_each(|value| attribute(into, value))?;
        }
        ("M", Value::Object(value)) => map(into, value)?,
        _ => return Err(UnknownType),
    }
    Ok(())
}

fn text(into: &mut Vec<u8>, text: &str) {
    count(into, text.len());
    into.extend_from_slice(text.as_bytes());
}

fn count(into: &mut Vec<u8>, count: usize) {
    into.extend_from_slice(&u64::try_from(count).unwrap_or(u64::MAX).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::key::KeyRing;

    fn key(byte: u8) -> KeyBytes {
        let json = format!(r#"{{"kid":"k","key":"{}"}}"#, encoding::base64url(&[byte; 66]));
        serde_json::from_str::<KeyRing>(&json).unwrap().current.bytes
    }

    fn tag(image: &Value) -> Result<Tag, UnknownType> {
        Tag::of_image(&key(1), image.as_object().unwrap())
    }

    #[test]
    fn the_order_of_names_and_of_a_sets_elements_does_not_count_and_that_of_a_list_does() {
        let one =
            tag(&json!({"a": {"SS": ["x", "y"]}, "b": {"M": {"c": {"N": "1"}, "d": {"S": ""}}}}));
        let other =
            tag(&json!({"b": {"M": {"d": {"S": ""}, "c": {"N": "1"}}}, "a": {"SS": ["y", "x"]}}));
        assert!(one.is_ok() && one == other);
        let list = |values: [&str; 2]| tag(&json!({"a": {"L": values.map(|it| json!({"S": it}))}}));
        assert_ne!(list(["x", "y"]), list(["y", "x"]));
    }

    #[test]
    fn contents_that_differ_anywhere_have_other_tags() {
        let images = [
            json!({}),
            json!({"a": {"S": "1"}}),
            json!({"a": {"N": "1"}}),
            json!({"a": {"B": "1"}}),
            json!({"b": {"S": "1"}}),
            json!({"a": {"S": "1"}, "b": {"S": ""}}),
            json!({"a": {"SS": ["1"]}}),
            json!({"a": {"SS": ["1", "2"]}}),
            json!({"a": {"SS": ["12"]}}),
            json!({"a": {"L": [{"S": "1"}]}}),
            json!({"a": {"M": {"a": {"S": "1"}}}}),
            json!({"a": {"BOOL": true}}),
            json!({"a": {"BOOL": false}}),
            json!({"a": {"NULL": true}}),
        ];
        for (at, image) in images.iter().enumerate() {
            for other in &images[at + 1..] {
                assert_ne!(tag(image).unwrap(), tag(other).unwrap(), "{image} {other}");
            }
        }
    }

    #[test]
    fn a_tag_depends_on_key_table_and_purpose() {
        let image = Map::new();
        let of_image = Tag::of_image(&key(1), &image).unwrap();
        assert_ne!(of_image, Tag::of_image(&key(2), &image).unwrap());
        let item = |table| Tag::of_item(&key(1), table, "ORG#a");
        assert_eq!(item(AuditedTable::Users).as_str().len(), 22);
        assert_ne!(item(AuditedTable::Users), item(AuditedTable::Sessions));
    }

    #[test]
    fn what_is_of_no_type_is_refused() {
        for value in
            [json!("1"), json!({}), json!({"S": 1}), json!({"X": "1"}), json!({"S": "1", "N": "1"})]
        {
            assert_eq!(tag(&json!({"a": value})), Err(UnknownType));
        }
    }
}
