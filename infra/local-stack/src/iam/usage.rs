//! What roles used of what they are allowed: each action of a statement on each of its resources with each of its
//! patterns for leading keys.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};

use super::pattern::{matches, matches_action};
use super::policy::{Effect, Resources, Statement};
use super::request::{LEADING_KEYS, Request};

/// One action of a role's statement, on one resource, with one pattern of leading keys.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Right {
    role: String,
    statement: usize,
    action: String,
    resource: String,
    pattern: Option<String>,
}

/// For each right that was used, the longest common start of the keys that it was used with, in whole parts.
#[derive(Default)]
pub(super) struct Usage(BTreeMap<Right, String>);

impl Usage {
    /// Notes a request that these statements allowed. Returns what wasn't known before.
    pub(super) fn add(
        &mut self,
        role: &str,
        all: &[Statement],
        allowing: &[usize],
        request: &Request,
    ) -> Vec<(Right, String)> {
        let keys = request.context.get(LEADING_KEYS).unwrap_or_default();
        let mut news = Vec::new();
        for &statement in allowing {
            for (action, resource, pattern) in rights(&all[statement]) {
                let is_asked =
                    matches_action(action, &request.action) && matches(resource, &request.resource);
                let used = keys.iter().filter(|key| pattern.is_some_and(|own| matches(own, key)));
                let used: Vec<_> = used.map(|key| parts(key)).collect();
                if !is_asked || (pattern.is_some() && used.is_empty()) {
                    continue;
                }
                let right = right(role, statement, (action, resource, pattern));
                let starts = if pattern.is_none() { vec![""] } else { used };
                for start in starts {
                    if self.note(right.clone(), start) {
                        news.push((right.clone(), self.0[&right].clone()));
                    }
                }
            }
        }
        news
    }

    /// Notes a right and the start of keys that it was used with. Whether that is new.
    pub(super) fn note(&mut self, right: Right, start: &str) -> bool {
        match self.0.entry(right) {
            Entry::Vacant(vacant) => {
                vacant.insert(start.to_owned());
                true
            }
            Entry::Occupied(mut known) => {
                let same = parts(&start[..common(known.get(), start)]).len();
                let is_shorter = same < known.get().len();
                known.get_mut().truncate(same);
                is_shorter
            }
        }
    }

    /// The rights of a role that were not used, or only for a part of their keys. Rights that SAM adds are left out:
    /// the template takes them back, it can't narrow them.
    pub(super) fn unused(
        &self,
        role: &str,
        all: &[Statement],
        is_of_sam: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let mut found = Vec::new();
        for (index, statement) in all.iter().enumerate() {
            if is_of_sam(&statement.policy) {
                continue;
            }
            for (action, resource, pattern) in rights(statement) {
                let right = right(role, index, (action, resource, pattern));
                let short = resource.rsplit(':').next().unwrap_or_default();
                let shown = pattern.map(|pattern| format!(" {pattern}")).unwrap_or_default();
                let shown = format!("{role}: {action} on {short}{shown}");
                match (self.0.get(&right), pattern) {
                    (None, _) => found.push(shown),
                    (Some(start), Some(pattern)) if is_wider(pattern, start) => {
                        found.push(format!("{shown}, but used with {start}* alone"));
                    }
                    (Some(_), _) => {}
                }
            }
        }
        found
    }
}

/// Each action on each resource with each pattern of leading keys, of a statement that allows.
fn rights(statement: &Statement) -> Vec<(&str, &str, Option<&str>)> {
    let Resources::These(resources) = &statement.resources else { return Vec::new() };
    if statement.effect == Effect::Deny {
        return Vec::new();
    }
    let is_of_keys = |values: &[String]| !values.iter().any(|value| value == "false");
    let patterns = statement.conditions.iter().filter(|it| it.key == LEADING_KEYS);
    let patterns = patterns.filter(|it| is_of_keys(&it.values)).flat_map(|it| &it.values);
    let mut patterns: Vec<_> = patterns.map(|pattern| Some(pattern.as_str())).collect();
    if patterns.is_empty() {
        patterns.push(None);
    }
    let mut all = Vec::new();
    for action in &statement.actions {
        for resource in resources {
            all.extend(
                patterns.iter().map(|pattern| (action.as_str(), resource.as_str(), *pattern)),
            );
        }
    }
    all
}

/// Whether all keys share more parts than the pattern names.
fn is_wider(pattern: &str, start: &str) -> bool {
    let Some(named) = pattern.strip_suffix('*') else { return false };
    start.len() > named.len()
}

fn right(
    role: &str,
    statement: usize,
    (action, resource, pattern): (&str, &str, Option<&str>),
) -> Right {
    let (role, pattern) = (role.to_owned(), pattern.map(ToOwned::to_owned));
    Right { role, statement, action: action.to_owned(), resource: resource.to_owned(), pattern }
}

/// The parts of a key but the last, which may say who a user is.
fn parts(key: &str) -> &str {
    key.rfind('#').map_or("", |end| &key[..=end])
}

/// The length of the common start of two texts.
fn common(one: &str, other: &str) -> usize {
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other);
    same.map(|(char, _)| char.len_utf8()).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn statements() -> Vec<Statement> {
        let document = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": ["a:t", "a:u"],
             "Condition": {"ForAllValues:StringLike": {LEADING_KEYS: ["USER#*", "JWKS#partner"]},
                           "Null": {LEADING_KEYS: "false"}}},
            {"Effect": "Allow", "Action": "s:Get", "Resource": ["a:secret"]},
            {"Effect": "Deny", "Action": "logs:*", "NotResource": "own"},
        ]});
        Statement::read("Own", &document).unwrap()
    }

    fn unused(requests: &[(&str, &str, &[&str])]) -> Vec<String> {
        let (all, mut usage) = (statements(), Usage::default());
        for (action, resource, keys) in requests {
            let keys = keys.iter().map(|key| (*key).to_owned());
            let request = Request::new(*action, *resource).with(LEADING_KEYS, keys);
            usage.add("Role", &all, &[0, 1], &request);
        }
        usage.unused("Role", &all, |_| false)
    }

    #[test]
    fn each_action_needs_a_use_on_each_resource_with_each_pattern() {
        assert_eq!(unused(&[]).len(), 9);
        let mut all = vec![("s:Get", "a:secret", &[][..])];
        for action in ["dynamodb:GetItem", "dynamodb:PutItem"] {
            for table in ["a:t", "a:u"] {
                all.push((action, table, &["USER#1#a", "USER#2#b", "JWKS#partner"][..]));
            }
        }
        assert_eq!(unused(&all), Vec::<String>::new());
        assert_eq!(unused(&all[1..]), ["Role: s:Get on secret"]);
        assert_eq!(
            unused(&all[..4]),
            ["Role: dynamodb:PutItem on u USER#*", "Role: dynamodb:PutItem on u JWKS#partner"]
        );
    }

    #[test]
    fn a_pattern_that_is_wider_than_the_keys_it_was_used_with_is_found() {
        let found = unused(&[
            ("dynamodb:GetItem", "a:t", &["USER#sso#6"]),
            ("dynamodb:GetItem", "a:t", &["USER#sso#7"]),
        ]);
        let wide = "Role: dynamodb:GetItem on t USER#*, but used with USER#sso#* alone";
        assert!(found.contains(&wide.to_owned()), "{found:?}");
        let found = unused(&[("dynamodb:GetItem", "a:t", &["USER#sso#6", "USER#1#a"])]);
        assert!(!found.iter().any(|line| line.contains("alone")), "{found:?}");
    }
}
