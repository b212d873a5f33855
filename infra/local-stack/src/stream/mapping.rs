//! What Lambda knows of each event source mapping.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use domain::time::Timestamp;

use crate::template::arn;

/// All mappings, by the ids of their functions.
#[derive(Debug, Default)]
pub(crate) struct Mappings(Mutex<BTreeMap<String, State>>);

#[derive(Clone, Copy, Debug)]
struct State {
    is_good: bool,
    at: Timestamp,
    /// The age of the last record, in milliseconds, when it was handed over.
    age: i64,
}

impl Mappings {
    pub(super) fn note(&self, function: &str, is_good: bool, at: Timestamp, age: i64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(function.to_owned(), State { is_good, at, age });
    }

    fn find(&self, function: &str) -> Option<State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(function).copied()
    }

    /// The result of the last call, in Lambda's words.
    pub(crate) fn last_result(&self, function: &str) -> &'static str {
        match self.find(function) {
            None => "No records processed",
            Some(State { is_good: true, .. }) => "OK",
            Some(State { is_good: false, .. }) => "PROBLEM: Function call failed",
        }
    }

    /// When the last record was handed over to a function of this name, and how old it was.
    pub(crate) fn age(&self, name: &str) -> Option<(Timestamp, i64)> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = all.iter().find(|(id, _)| arn::function_name(id) == name);
        found.map(|(_, state)| (state.at, state.age))
    }
}
