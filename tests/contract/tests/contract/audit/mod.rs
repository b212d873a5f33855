//! The audit trail, read as an operator reads it.

mod by_hand;
mod commands;
mod filters;
mod requests;
mod seals;
mod tampered;

use std::collections::BTreeMap;

use contract::{eventually, operator::postern};
use serde_json::Value;

/// The lines that these options select.
fn trail(options: &[&str]) -> Vec<Value> {
    let listed = postern(&[&["audit", "--output", "json"], options].concat()).done().json();
    listed.as_array().cloned().unwrap_or_default()
}

/// How often each event is in the trail of an organization, without those that made it.
fn events(lines: &[Value]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(line["event"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    counts
}

fn counts(expected: &[(&str, usize)]) -> BTreeMap<String, usize> {
    expected.iter().map(|(event, count)| ((*event).to_owned(), *count)).collect()
}

/// Waits until the trail has as many lines as are expected, and compares their events: no line is missing,
/// and none is too many.
async fn tells(options: &[&str], expected: &[(&str, usize)]) -> Vec<Value> {
    let expected = counts(expected);
    let total: usize = expected.values().sum();
    let lines = eventually(&format!("{total} lines for {options:?}"), async || {
        let lines = trail(options);
        (lines.len() >= total).then_some(lines)
    })
    .await;
    assert_eq!(events(&lines), expected, "{options:?}");
    lines
}

/// The same, and each line has an author.
async fn has_exactly(options: &[&str], expected: &[(&str, usize)]) -> Vec<Value> {
    let lines = tells(options, expected).await;
    for line in &lines {
        assert_ne!(line["by"], "unknown", "{line}");
    }
    lines
}
