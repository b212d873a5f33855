//! Policies: statements, and what they decide about a request.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::condition::{Condition, strings};
use super::pattern::{matches, matches_action};
use super::request::Request;

/// The version of the policy language that has variables.
const VERSION: &str = "2012-10-17";

/// The keys of a statement that the local stack understands.
const KEYS: [&str; 8] =
    ["Sid", "Effect", "Principal", "Action", "Resource", "NotResource", "Condition", "NotAction"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// One statement of a policy.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// The policy that it is in, for people.
    pub(super) policy: String,
    pub(super) effect: Effect,
    pub(super) actions: Vec<String>,
    pub(super) resources: Resources,
    pub(super) conditions: Vec<Condition>,
}

#[derive(Clone, Debug)]
pub(super) enum Resources {
    These(Vec<String>),
    AllBut(Vec<String>),
}

impl Statement {
    /// Reads a policy document whose intrinsic functions are resolved.
    pub(super) fn read(policy: &str, document: &Value) -> Result<Vec<Self>> {
        ensure!(document["Version"] == VERSION, "{policy} needs Version: \"{VERSION}\"");
        let statements = match &document["Statement"] {
            Value::Array(statements) => statements.clone(),
            single => vec![single.clone()],
        };
        let read = |(index, statement): (usize, &Value)| {
            Self::one(policy, statement).with_context(|| format!("{policy}, statement {index}"))
        };
        statements.iter().enumerate().map(read).collect()
    }

    fn one(policy: &str, statement: &Value) -> Result<Self> {
        let members = statement.as_object().context("not a statement")?;
        let unknown = members.keys().find(|key| !KEYS.contains(&key.as_str()));
        ensure!(unknown.is_none(), "the local stack doesn't know {unknown:?}");
        ensure!(!members.contains_key("NotAction"), "the local stack doesn't support NotAction");
        let effect = match statement["Effect"].as_str() {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => bail!("Effect must be Allow or Deny"),
        };
        let resources = match (members.get("Resource"), members.get("NotResource")) {
            (Some(these), None) => Resources::These(strings(these)?),
            (None, Some(these)) => Resources::AllBut(strings(these)?),
            _ => bail!("a statement has either Resource or NotResource"),
        };
        Ok(Self {
            policy: policy.to_owned(),
            effect,
            actions: strings(&statement["Action"])?,
            resources,
            conditions: Condition::read(&statement["Condition"])?,
        })
    }

    /// Whether the statement is about the request.
    pub(super) fn applies(&self, request: &Request) -> bool {
        self.actions.iter().any(|action| matches_action(action, &request.action))
            && self.resources.have(&request.resource)
            && self.conditions.iter().all(|condition| condition.holds(&request.context))
    }
}

impl Resources {
    fn have(&self, resource: &str) -> bool {
        let any = |these: &[String]| these.iter().any(|own| matches(own, resource));
        match self {
            Self::These(these) => any(these),
            Self::AllBut(these) => !any(these),
        }
    }
}

/// What policies decide about a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// By these statements.
    Allowed(Vec<usize>),
    /// By a statement of this policy, whatever others allow.
    Denied(String),
    /// No statement allows it.
    NotAllowed,
}

/// An explicit deny decides first, then an allow; else the request is denied.
pub(super) fn decide(statements: &[Statement], request: &Request) -> Decision {
    let applying = |effect| {
        let all = statements.iter().enumerate();
        all.filter(move |(_, one)| one.effect == effect && one.applies(request))
    };
    if let Some((_, denying)) = applying(Effect::Deny).next() {
        return Decision::Denied(denying.policy.clone());
    }
    let allowing: Vec<_> = applying(Effect::Allow).map(|(index, _)| index).collect();
    if allowing.is_empty() { Decision::NotAllowed } else { Decision::Allowed(allowing) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::request::LEADING_KEYS;
    use super::*;

    fn statements() -> Vec<Statement> {
        let document = json!({"Version": VERSION, "Statement": [
            {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "table/users",
             "Condition": {"ForAllValues:StringLike": {LEADING_KEYS: "USER#*"},
                           "Null": {LEADING_KEYS: "false"}}},
            {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "table/users",
             "Condition": {"ForAnyValue:StringLike": {LEADING_KEYS: "USER#sso#*"}}},
            {"Effect": "Allow", "Action": ["logs:*"], "Resource": "*"},
            {"Effect": "Deny", "Action": "logs:*", "NotResource": "log-group:own:*"},
        ]});
        Statement::read("Own", &document).unwrap()
    }

    fn decided(action: &str, resource: &str, key: Option<&str>) -> Decision {
        let request = Request::new(action, resource).with(LEADING_KEYS, key.map(ToOwned::to_owned));
        decide(&statements(), &request)
    }

    #[test]
    fn a_deny_goes_before_an_allow_and_nothing_is_allowed_by_itself() {
        let get = |key| decided("dynamodb:GetItem", "table/users", key);
        assert_eq!(get(Some("USER#a#b")), Decision::Allowed(vec![0]));
        assert_eq!(get(Some("USER#sso#6")), Decision::Denied("Own".into()));
        assert_eq!(get(Some("IDENT#a#b")), Decision::NotAllowed);
        assert_eq!(get(None), Decision::NotAllowed);
        let key = Some("USER#a#b");
        assert_eq!(decided("dynamodb:PutItem", "table/users", key), Decision::NotAllowed);
        assert_eq!(decided("dynamodb:GetItem", "table/other", key), Decision::NotAllowed);
    }

    #[test]
    fn all_but_a_resource_is_denied() {
        let put = |resource| decided("logs:PutLogEvents", resource, None);
        assert_eq!(put("log-group:own:log-stream:a"), Decision::Allowed(vec![2]));
        assert_eq!(put("log-group:other:log-stream:a"), Decision::Denied("Own".into()));
    }

    #[test]
    fn a_policy_that_is_not_understood_is_refused() {
        let one = json!({"Effect": "Allow", "Action": "a:b", "Resource": "*"});
        assert!(Statement::read("Own", &json!({"Version": VERSION, "Statement": one})).is_ok());
        for (version, key, value) in [
            ("2008-10-17", "Sid", json!("a")),
            (VERSION, "Effect", json!("Maybe")),
            (VERSION, "NotResource", json!("*")),
            (VERSION, "NotAction", json!("*")),
            (VERSION, "Conditions", json!({})),
            (VERSION, "Action", json!(1)),
        ] {
            let mut wrong = one.clone();
            wrong[key] = value;
            let document = json!({"Version": version, "Statement": [wrong]});
            assert!(Statement::read("Own", &document).is_err(), "{document}");
        }
    }
}
