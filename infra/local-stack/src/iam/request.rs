//! What a call asks for: an action on a resource, and the condition keys of the request.

use std::collections::BTreeMap;

/// The partition keys that a call names.
pub(crate) const LEADING_KEYS: &str = "dynamodb:LeadingKeys";
/// The address that a mail is from.
pub(crate) const FROM_ADDRESS: &str = "ses:FromAddress";
/// The services through which a call comes.
pub(crate) const CALLED_VIA: &str = "aws:CalledVia";
/// The resource of a call that names none.
pub(crate) const ANY: &str = "*";

/// One right that a call needs. A call may need several.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) context: Context,
}

/// Condition keys and their values. A key without a value is not in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context(BTreeMap<String, Vec<String>>);

impl Request {
    pub(crate) fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        let (action, resource) = (action.into(), resource.into());
        Self { action, resource, context: Context::default() }
    }

    /// With one more condition key.
    pub(crate) fn with(
        mut self,
        key: impl Into<String>,
        values: impl IntoIterator<Item = String>,
    ) -> Self {
        self.context.insert(key, values);
        self
    }
}

impl Context {
    pub(crate) fn insert(
        &mut self,
        key: impl Into<String>,
        values: impl IntoIterator<Item = String>,
    ) {
        let values: Vec<_> = values.into_iter().collect();
        if !values.is_empty() {
            self.0.insert(key.into(), values);
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(key).map(Vec::as_slice)
    }
}
