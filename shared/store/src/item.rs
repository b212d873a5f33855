//! Items and their attributes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Context as _;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::Timestamp;

/// One item, from a table or from its stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item(HashMap<String, AttributeValue>);

impl Item {
    pub fn new(pk: String) -> Self {
        Self::default().with("pk", string(pk))
    }

    pub fn with(mut self, name: &str, value: AttributeValue) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    pub fn with_some(self, name: &str, value: Option<AttributeValue>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    /// This item with the attributes of another.
    pub fn with_all(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    pub fn into_attributes(self) -> HashMap<String, AttributeValue> {
        self.0
    }

    pub fn text(&self, name: &str) -> anyhow::Result<&str> {
        self.some_text(name)?.with_context(|| format!("the item has no {name}"))
    }

    pub fn some_text(&self, name: &str) -> anyhow::Result<Option<&str>> {
        self.typed(name, |value| value.as_s().ok().map(String::as_str))
    }

    pub fn instant(&self, name: &str) -> anyhow::Result<Timestamp> {
        self.some_instant(name)?.with_context(|| format!("the item has no {name}"))
    }

    pub fn some_instant(&self, name: &str) -> anyhow::Result<Option<Timestamp>> {
        self.typed(name, number).map(|millis| millis.map(Timestamp::from_millis))
    }

    pub fn some_number(&self, name: &str) -> anyhow::Result<Option<i64>> {
        self.typed(name, number)
    }

    pub fn flag(&self, name: &str) -> anyhow::Result<bool> {
        let flag = self.typed(name, |value| value.as_bool().ok().copied())?;
        Ok(flag.unwrap_or_default())
    }

    pub fn texts(&self, name: &str) -> anyhow::Result<BTreeSet<&str>> {
        let texts = self.typed(name, |value| value.as_ss().ok())?;
        Ok(texts.into_iter().flatten().map(String::as_str).collect())
    }

    pub fn text_map(&self, name: &str) -> anyhow::Result<BTreeMap<String, String>> {
        let Some(map) = self.typed(name, |value| value.as_m().ok())? else {
            return Ok(BTreeMap::new());
        };
        let text = |value: &AttributeValue| value.as_s().ok().cloned();
        map.iter()
            .map(|(key, value)| Some((key.clone(), text(value)?)))
            .collect::<Option<_>>()
            .with_context(|| format!("the item's {name} has another type"))
    }

    /// The attributes to set, and those to remove, to make this item equal to `other`.
    pub fn changes_to(&self, other: &Self) -> Vec<(String, Option<AttributeValue>)> {
        let names: BTreeSet<&String> = self.0.keys().chain(other.0.keys()).collect();
        let differs = |name: &&String| self.0.get(*name) != other.0.get(*name);
        let change = |name: &String| (name.clone(), other.0.get(name).cloned());
        names.into_iter().filter(differs).map(change).collect()
    }

    /// Whether the item has an attribute of this name.
    pub fn has_some(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub fn has(&self, name: &str, value: &AttributeValue) -> bool {
        self.0.get(name) == Some(value)
    }

    /// The elements of a list; empty if the attribute is absent.
    pub fn list(&self, name: &str) -> anyhow::Result<&[AttributeValue]> {
        Ok(self.typed(name, |value| value.as_l().ok())?.map(Vec::as_slice).unwrap_or_default())
    }

    /// Every attribute that is a map, with its name, as an item.
    pub fn maps(&self) -> impl Iterator<Item = (&str, Self)> {
        self.0.iter().filter_map(|(name, value)| {
            value.as_m().ok().map(|map| (name.as_str(), Self(map.clone())))
        })
    }

    fn typed<'i, T>(
        &'i self,
        name: &str,
        read: impl FnOnce(&'i AttributeValue) -> Option<T>,
    ) -> anyhow::Result<Option<T>> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        read(value).map(Some).with_context(|| format!("the item's {name} has another type"))
    }
}

fn number(value: &AttributeValue) -> Option<i64> {
    value.as_n().ok()?.parse().ok()
}

/// The attribute with the author of the last write of an item.
pub const BY: &str = "by";

/// The attribute with the author of a deletion that is about to come.
pub const DELETED_BY: &str = "deletedBy";

/// The attribute of a disabled organization, partner or client.
pub const DISABLED: &str = "disabled";

impl From<HashMap<String, AttributeValue>> for Item {
    fn from(attributes: HashMap<String, AttributeValue>) -> Self {
        Self(attributes)
    }
}

/// Whether an operator disabled the organization, partner or client. To functions it doesn't exist then.
pub fn is_disabled(item: &Item) -> anyhow::Result<bool> {
    item.flag(DISABLED)
}

/// The attribute of a tombstone: when an operator deleted what the item was. It stays for a while, so that a
/// late copy of a write can't bring that back.
pub const ERASED_AT: &str = "erasedAt";

/// Whether the item is a tombstone of something that an operator deleted.
pub fn is_erased(item: &Item) -> anyhow::Result<bool> {
    Ok(item.some_instant(ERASED_AT)?.is_some())
}

pub fn string(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// Milliseconds since the epoch.
pub fn instant(at: Timestamp) -> AttributeValue {
    AttributeValue::N(at.millis().to_string())
}

/// The bound of a fence. Without one, everything stored is from after it: so a condition has one form,
/// and each of its clauses is tested.
pub fn fence(valid_after: Option<Timestamp>) -> AttributeValue {
    instant(valid_after.unwrap_or(Timestamp::from_millis(0)))
}

/// Whole seconds since the epoch: the unit of DynamoDB's time to live.
pub fn ttl(at: Timestamp) -> AttributeValue {
    AttributeValue::N(at.seconds().to_string())
}

pub fn count(number: impl TryInto<i64>) -> AttributeValue {
    AttributeValue::N(number.try_into().unwrap_or(i64::MAX).to_string())
}

pub fn set_of_one(text: &str) -> AttributeValue {
    AttributeValue::Ss(vec![text.to_owned()])
}

pub fn text_map(map: &BTreeMap<String, String>) -> AttributeValue {
    AttributeValue::M(map.iter().map(|(key, value)| (key.clone(), string(value))).collect())
}

/// A set of texts; `None` if there is no text, because DynamoDB has no empty sets.
pub fn text_set<'t>(texts: impl IntoIterator<Item = &'t str>) -> Option<AttributeValue> {
    let texts: Vec<String> = texts.into_iter().map(str::to_owned).collect();
    (!texts.is_empty()).then_some(AttributeValue::Ss(texts))
}

pub fn list(values: impl IntoIterator<Item = AttributeValue>) -> AttributeValue {
    AttributeValue::L(values.into_iter().collect())
}

/// The texts of a list. An element of another type is an error.
pub fn texts(values: &[AttributeValue]) -> anyhow::Result<Vec<String>> {
    let text = |value: &AttributeValue| value.as_s().ok().cloned();
    values
        .iter()
        .map(text)
        .collect::<Option<_>>()
        .context("an element of the item's list is not a text")
}

pub fn flag(flag: bool) -> AttributeValue {
    AttributeValue::Bool(flag)
}
