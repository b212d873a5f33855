//! API Gateway's cache of authorizers' answers, with the identity sources that our documentation names.
#![expect(clippy::unwrap_used, reason = "a fixture that cannot be set up is a failed test")]
#![expect(clippy::missing_panics_doc, reason = "a fixture panics to fail its test")]

use std::collections::HashMap;

use runtime::event::Verdict;
use serde_json::Value;

const DOCUMENT: &str = include_str!("../../../docs/authorizers.md");

/// The identity sources that docs/authorizers.md names for an authorizer.
pub fn documented_sources(authorizer: &str) -> Vec<&'static str> {
    let row = DOCUMENT.lines().find(|line| line.starts_with(&format!("| `{authorizer}` |")));
    let sources = row.unwrap().split('|').nth(3).unwrap().split(',');
    sources.map(|source| source.trim().trim_matches('`')).collect()
}

/// One deployment's cache of one authorizer.
#[derive(Debug)]
pub struct ResultCache {
    sources: Vec<&'static str>,
    stored: HashMap<Vec<String>, Verdict>,
}

impl ResultCache {
    /// An empty cache whose key are the values of these identity sources.
    pub fn new(sources: Vec<&'static str>) -> Self {
        Self { sources, stored: HashMap::new() }
    }

    /// The answer to a request: `Deny` without a call if an identity source is missing, a stored one if
    /// the values are those of an earlier request, else that of the authorizer.
    pub async fn ask(&mut self, event: &Value, decide: impl AsyncFnOnce() -> Verdict) -> Verdict {
        let values: Option<Vec<_>> = self.sources.iter().map(|it| value(event, it)).collect();
        let Some(values) = values else { return Verdict::Deny };
        if let Some(stored) = self.stored.get(&values) {
            return stored.clone();
        }
        let verdict = decide().await;
        self.stored.insert(values, verdict.clone());
        verdict
    }
}

fn value(event: &Value, source: &str) -> Option<String> {
    // In payload format 2.0, this header is a list of its own.
    if let ("$request.header.Cookie", Some(cookies)) = (source, event["cookies"].as_array()) {
        let cookies: Vec<_> = cookies.iter().filter_map(Value::as_str).collect();
        return Some(cookies.join("; ")).filter(|text| !text.is_empty());
    }
    let found = match source {
        "$context.path" => &event["rawPath"],
        "$context.routeKey" => &event["routeKey"],
        _ => {
            let name = source.strip_prefix("$request.header.").unwrap().to_lowercase();
            &event["headers"][name]
        }
    };
    found.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Asks a cache for two requests one after the other, in every order, and returns the pairs in which
/// the second got another answer than the authorizer itself gives.
pub async fn confused<'e>(
    sources: &[&'static str],
    events: &'e [(&'static str, Value)],
    decide: impl AsyncFn(&Value) -> Verdict,
) -> Vec<(&'e str, &'e str)> {
    let mut found = Vec::new();
    for (first, before) in events {
        for (second, event) in events {
            let mut cache = ResultCache::new(sources.to_vec());
            let _ = cache.ask(before, async || decide(before).await).await;
            let answer = cache.ask(event, async || decide(event).await).await;
            if answer != decide(event).await {
                found.push((*first, *second));
            }
        }
    }
    found
}
