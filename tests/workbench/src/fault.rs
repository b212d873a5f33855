//! Faults: what a network or a busy service may do to a call.

use anyhow::Context as _;
use serde_json::Value;

/// What happens to one DynamoDB call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No fault.
    None,
    /// The call never arrives; the caller gets a timeout.
    LostBefore,
    /// The call is applied; the caller gets a timeout.
    LostAfter,
    /// The call is applied twice; the caller gets the second answer.
    Duplicated,
    /// The call is applied; the caller gets a 500.
    ErrorAfter,
    /// The call is not applied; the caller gets a 500.
    Error,
    /// The call is not applied; the caller gets a throttling error.
    Throttled,
    /// An eventually consistent read returns the item as it was before its last write.
    Stale,
    /// The call never arrives, and the caller gets no answer at all.
    Silence,
    /// The caller gets a timeout; the call is applied later, when the test says so.
    Late,
}

impl Fault {
    /// Faults that may happen once to a write without changing the caller's answer: retries and guards
    /// hide them.
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

/// A DynamoDB call, for a plan.
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

    /// Whether the call may change an item.
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

    /// A fault at the first call that `matches`, no fault afterwards.
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

    /// A fault at the `nth` write from now on, counted from 0, no fault afterwards.
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
