//! Records of a DynamoDB stream, and what changed in them.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::image::Image;
use crate::time::Timestamp;

/// The longest id of a change; DynamoDB's have 32 characters.
pub(super) const MAX_EVENT_ID: usize = 64;

/// One change of one item, as the stream has it.
#[derive(Deserialize)]
pub(super) struct Record {
    #[serde(rename = "eventID")]
    pub(super) event_id: String,
    dynamodb: Images,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Images {
    approximate_creation_date_time: f64,
    keys: Keys,
    old_image: Option<Image>,
    new_image: Option<Image>,
}

#[derive(Deserialize)]
struct Keys {
    pk: TextKey,
}

#[derive(Deserialize)]
struct TextKey {
    #[serde(rename = "S")]
    text: String,
}

impl Record {
    /// Reads a record; `None` if it is none of an audited table's.
    pub(super) fn read(record: &Value) -> Option<Self> {
        let record = Self::deserialize(record).ok()?;
        let has_image = record.dynamodb.old_image.is_some() || record.dynamodb.new_image.is_some();
        (has_image && record.event_id.len() <= MAX_EVENT_ID).then_some(record)
    }

    pub(super) fn pk(&self) -> &str {
        &self.dynamodb.keys.pk.text
    }

    /// When the change was made. A stream has whole seconds.
    pub(super) fn time(&self) -> Timestamp {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "milliseconds of this millennium fit by far"
        )]
        let millis = (self.dynamodb.approximate_creation_date_time * 1000.0).round() as i64;
        Timestamp::from_millis(millis)
    }

    pub(super) fn change(&self) -> Change<'_> {
        Change { old: self.dynamodb.old_image.as_ref(), new: self.dynamodb.new_image.as_ref() }
    }
}

/// An item before and after a change.
#[derive(Clone, Copy)]
pub(super) struct Change<'r> {
    pub(super) old: Option<&'r Image>,
    pub(super) new: Option<&'r Image>,
}

impl<'r> Change<'r> {
    /// Whether an attribute was set, removed or changed.
    pub(super) fn differs(self, name: &str) -> bool {
        value(self.old, name) != value(self.new, name)
    }

    /// Whether an attribute is new.
    pub(super) fn appeared(self, name: &str) -> bool {
        value(self.old, name).is_none() && value(self.new, name).is_some()
    }

    /// Whether an attribute is gone.
    pub(super) fn vanished(self, name: &str) -> bool {
        value(self.old, name).is_some() && value(self.new, name).is_none()
    }

    /// The names of all attributes that differ, but for the key, in order.
    pub(super) fn names(self) -> BTreeSet<&'r str> {
        let all = self.old.into_iter().chain(self.new).flat_map(Image::keys).map(String::as_str);
        all.filter(|name| *name != "pk" && self.differs(name)).collect()
    }

    /// The elements of a set that are only in one of two images.
    pub(super) fn elements_only_in(self, in_new: bool, name: &str) -> Vec<&'r str> {
        let (one, other) = if in_new { (self.new, self.old) } else { (self.old, self.new) };
        let (one, other) = (elements(one, name), elements(other, name));
        one.difference(&other).copied().collect()
    }
}

fn value<'r>(image: Option<&'r Image>, name: &str) -> Option<&'r Value> {
    image.and_then(|image| image.get(name))
}

/// A text attribute.
pub(super) fn text<'r>(image: Option<&'r Image>, name: &str) -> Option<&'r str> {
    value(image, name)?["S"].as_str()
}

/// A number.
pub(super) fn number<'r>(image: Option<&'r Image>, name: &str) -> Option<&'r str> {
    value(image, name)?["N"].as_str()
}

/// A flag; not set if it is missing.
pub(super) fn flag(image: Option<&Image>, name: &str) -> bool {
    value(image, name).is_some_and(|value| value["BOOL"] == true)
}

fn elements<'r>(image: Option<&'r Image>, name: &str) -> BTreeSet<&'r str> {
    let elements = value(image, name).and_then(|value| value["SS"].as_array());
    elements.into_iter().flatten().filter_map(Value::as_str).collect()
}
