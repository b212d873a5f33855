//! Fields of API Gateway's events. One that is absent, null or of another type has its type's default:
//! which fields an event has depends on the payload format, and a field is no reason to fail a request.

use std::collections::BTreeMap;

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::Value;

/// A field of the type `T`.
pub(crate) fn or_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + DeserializeOwned,
    D: Deserializer<'de>,
{
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// A map of texts. A value that is no text is left out.
pub(crate) fn texts<'de, D>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error>
where
    D: Deserializer<'de>,
{
    let members: BTreeMap<String, Value> = or_default(deserializer)?;
    Ok(members.into_iter().filter_map(|(name, value)| Some((name, text(value)?))).collect())
}

/// A list of texts. A value that is no text is left out.
pub(crate) fn list<'de, D>(deserializer: D) -> Result<Vec<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let values: Vec<Value> = or_default(deserializer)?;
    Ok(values.into_iter().filter_map(text).collect())
}

/// A map of lists of texts. A value that is no text stays as an empty one: it may be the second value of
/// a header that must not come twice.
pub(crate) fn lists<'de, D>(deserializer: D) -> Result<BTreeMap<String, Vec<String>>, D::Error>
where
    D: Deserializer<'de>,
{
    let members: BTreeMap<String, Value> = or_default(deserializer)?;
    let texts = |value| match value {
        Value::Array(values) => {
            values.into_iter().map(|value| text(value).unwrap_or_default()).collect()
        }
        _ => Vec::new(),
    };
    Ok(members.into_iter().map(|(name, values)| (name, texts(values))).collect())
}

fn text(value: Value) -> Option<String> {
    if let Value::String(text) = value { Some(text) } else { None }
}

#[cfg(test)]
pub(crate) mod tests {
    //! What tests of events have in common.

    use proptest::prelude::*;
    use serde_json::Value;

    /// Where all the fields of a value are, at any depth.
    pub(crate) fn fields(value: &Value, at: &str) -> Vec<String> {
        let members: Vec<(String, &Value)> = match value {
            Value::Object(members) => members.iter().map(|(name, it)| (name.clone(), it)).collect(),
            Value::Array(values) => {
                values.iter().enumerate().map(|(index, it)| (index.to_string(), it)).collect()
            }
            _ => Vec::new(),
        };
        let below = |(name, it): &(String, &Value)| {
            let at = format!("{at}/{}", name.replace('/', "~1"));
            [vec![at.clone()], fields(it, &at)].concat()
        };
        members.iter().flat_map(below).collect()
    }

    pub(crate) fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            4 => Just(Value::Null),
            1 => any::<bool>().prop_map(Value::from),
            1 => any::<i64>().prop_map(Value::from),
            2 => any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..3)
                    .prop_map(|members| members.into_iter().collect()),
            ]
        })
    }
}
