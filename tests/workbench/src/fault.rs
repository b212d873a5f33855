//! What a network and a busy service may do to a call.

use anyhow::Context as _;
use serde_json::Value;

/// What happens to one DynamoDB call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// It never arrives.
    LostBefore,
    /// It is applied, and the answer never arrives.
    LostAfter,
    /// It is applied twice, and the second answer arrives.
    Duplicated,
    /// It is applied, and answered with a 500.
    ErrorAfter,
    /// It is answered with a 500.
    Error,
    /// It is answered with a throttling error.
    Throttled,
    /// A read that is not strong shows the item as it was before its last write; a strong one is fine.
    Stale,
    /// It never arrives, and nobody says so.
    Silence,
    /// It seems lost, and is applied when the test says so.
    Late,
}

impl Fault {
    /// What may happen to a write once without its caller noticing: retries and guards hide it.
    pub const HIDDEN: [Self; 7] = [
        Self::LostBefore,
        Self::LostAfter,
        Self::Duplicated,
        Self::Late,
        Self::Error,
        Self::ErrorAfter,
        Self::Throttled,
    ];
}

/// A DynamoDB call, as much of it as a plan needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// E.g. `PutItem`.
    pub name: String,
    /// The partition key's prefix, e.g. `FAM`.
    pub item: String,
    pub(crate) key: String,
    pub(crate) is_strong: bool,
}

impl Operation {
    pub(crate) fn parse(target: &str, body: &str) -> anyhow::Result<Self> {
        let body: Value = serde_json::from_str(body)?;
        let name = target.rsplit('.').next().context("an empty target")?.to_owned();
        let pk = [&body["Key"]["pk"]["S"], &body["Item"]["pk"]["S"]];
        let pk = pk.into_iter().find_map(Value::as_str).unwrap_or_default();
        let item = pk.split('#').next().unwrap_or_default().to_owned();
        let key = format!("{} {pk}", body["TableName"]);
        let is_strong = body["ConsistentRead"].as_bool().unwrap_or_default();
        Ok(Self { name, item, key, is_strong })
    }

    /// Whether it may change an item.
    pub fn is_write(&self) -> bool {
        ["PutItem", "UpdateItem", "DeleteItem"].contains(&self.name.as_str())
    }
}

type Decide = Box<dyn FnMut(&Operation) -> Fault + Send>;

/// Decides about each call in turn.
pub struct Plan {
    decide: Decide,
}

pub(crate) struct Late {
    pub(crate) target: String,
    pub(crate) body: String,
}

impl Default for Plan {
    fn default() -> Self {
        Self::new(|_| Fault::None)
    }
}

impl Plan {
    /// A plan that asks `decide` about each call.
    pub fn new(decide: impl FnMut(&Operation) -> Fault + Send + 'static) -> Self {
        Self { decide: Box::new(decide) }
    }

    /// A fault at the first call that `matches`, none afterwards.
    pub fn once(fault: Fault, matches: impl Fn(&Operation) -> bool + Send + 'static) -> Self {
        let mut armed = true;
        Self::new(move |operation| {
            if armed && matches(operation) {
                armed = false;
                fault
            } else {
                Fault::None
            }
        })
    }

    /// A fault at the `nth` write from now on, counted from 0, none afterwards.
    pub fn at_write(fault: Fault, nth: usize) -> Self {
        let mut writes = 0;
        Self::new(move |operation| {
            writes += usize::from(operation.is_write());
            if operation.is_write() && writes == nth + 1 { fault } else { Fault::None }
        })
    }

    /// A fault at every call that `matches`.
    pub fn always(fault: Fault, matches: impl Fn(&Operation) -> bool + Send + 'static) -> Self {
        Self::new(move |operation| if matches(operation) { fault } else { Fault::None })
    }

    pub(crate) fn decide(&mut self, operation: &Operation) -> Fault {
        (self.decide)(operation)
    }
}
