//! Conditions of statements: the operators that the template uses. An unknown one is an error at the start, or a
//! policy would mean something else here than in AWS.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::pattern::matches;
use super::request::Context;

/// One operator with one key.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) key: String,
    quantifier: Quantifier,
    operator: Operator,
    pub(super) values: Vec<String>,
}

/// How the values of a key that may have several are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    /// The key has one value, or the condition is false.
    One,
    /// Each value matches; true if the request doesn't have the key.
    All,
    /// At least one value matches; false if the request doesn't have the key.
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equals,
    Like,
    NotEquals,
    NotLike,
    /// `true`: the request doesn't have the key; `false`: it has.
    Null,
}

impl Condition {
    /// Reads `Condition` of a statement.
    pub(super) fn read(conditions: &Value) -> Result<Vec<Self>> {
        let mut read = Vec::new();
        for (operator, keys) in conditions.as_object().into_iter().flatten() {
            let keys = keys.as_object().with_context(|| format!("{operator} has no keys"))?;
            for (key, values) in keys {
                read.push(Self::new(operator, key, strings(values)?)?);
            }
        }
        Ok(read)
    }

    fn new(name: &str, key: &str, values: Vec<String>) -> Result<Self> {
        let (quantifier, operator) = match name.split_once(':') {
            None => (Quantifier::One, name),
            Some(("ForAllValues", operator)) => (Quantifier::All, operator),
            Some(("ForAnyValue", operator)) => (Quantifier::Any, operator),
            Some(_) => bail!("the local stack doesn't support the condition {name}"),
        };
        let operator = match operator {
            "StringEquals" => Operator::Equals,
            "StringLike" => Operator::Like,
            "StringNotEquals" => Operator::NotEquals,
            "StringNotLike" => Operator::NotLike,
            "Null" if quantifier == Quantifier::One => Operator::Null,
            _ => bail!("the local stack doesn't support the condition {name}"),
        };
        Ok(Self { key: key.to_owned(), quantifier, operator, values })
    }

    pub(super) fn holds(&self, context: &Context) -> bool {
        let found = context.get(&self.key);
        if self.operator == Operator::Null {
            return self.values.iter().any(|value| value == "true") == found.is_none();
        }
        let is_negative = matches!(self.operator, Operator::NotEquals | Operator::NotLike);
        match (self.quantifier, found) {
            // Without the key, a negated comparison holds.
            (Quantifier::One, None) => is_negative,
            (Quantifier::All, None) => true,
            (Quantifier::One, Some([value])) => self.compares(value),
            (Quantifier::Any, None) | (Quantifier::One, Some(_)) => false,
            (Quantifier::All, Some(all)) => all.iter().all(|value| self.compares(value)),
            (Quantifier::Any, Some(all)) => all.iter().any(|value| self.compares(value)),
        }
    }

    fn compares(&self, value: &str) -> bool {
        match self.operator {
            Operator::Equals => self.values.iter().any(|own| own == value),
            Operator::Like => self.values.iter().any(|own| matches(own, value)),
            Operator::NotEquals => self.values.iter().all(|own| own != value),
            Operator::NotLike => self.values.iter().all(|own| !matches(own, value)),
            Operator::Null => false,
        }
    }
}

/// A text, or a list of texts. A Boolean stands for its text, as in IAM.
pub(super) fn strings(value: &Value) -> Result<Vec<String>> {
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Bool(flag) => Ok(vec![flag.to_string()]),
        Value::Array(items) => Ok(items.iter().map(strings).collect::<Result<Vec<_>>>()?.concat()),
        other => bail!("{other} must be a text or a list of texts"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KEYS: &str = "dynamodb:LeadingKeys";

    fn holds(condition: &Value, keys: Option<&[&str]>) -> bool {
        let mut context = Context::default();
        if let Some(keys) = keys {
            context.insert(KEYS, keys.iter().map(|key| (*key).to_owned()));
        }
        Condition::read(condition).unwrap().iter().all(|one| one.holds(&context))
    }

    #[test]
    fn for_all_values_needs_each_value_and_holds_without_any() {
        let all = json!({"ForAllValues:StringLike": {KEYS: ["OTP#*", "COUNT#send#*"]}});
        assert!(holds(&all, Some(&["OTP#a", "COUNT#send#b"])));
        assert!(!holds(&all, Some(&["OTP#a", "COUNT#password#b"])));
        assert!(holds(&all, None), "that is why Null stands beside it");
        let with_null =
            json!({"ForAllValues:StringLike": {KEYS: "OTP#*"}, "Null": {KEYS: "false"}});
        assert!(holds(&with_null, Some(&["OTP#a"])));
        assert!(!holds(&with_null, None));
    }

    #[test]
    fn for_any_value_needs_one_value() {
        let any = json!({"ForAnyValue:StringLike": {KEYS: ["USER#sso#*"]}});
        assert!(holds(&any, Some(&["USER#a#b", "USER#sso#6"])));
        assert!(!holds(&any, Some(&["USER#a#b"])));
        assert!(!holds(&any, None));
    }

    #[test]
    fn one_value_is_compared_alone_and_its_negation_holds_without_it() {
        let equals = json!({"StringEquals": {KEYS: "a"}});
        assert!(holds(&equals, Some(&["a"])) && !holds(&equals, Some(&["a", "a"])));
        assert!(!holds(&equals, None));
        let differs = json!({"StringNotEquals": {KEYS: ["a", "b"]}});
        assert!(holds(&differs, Some(&["c"])) && holds(&differs, None));
        assert!(!holds(&differs, Some(&["b"])));
        let unlike = json!({"StringNotLike": {KEYS: "a*"}});
        assert!(holds(&unlike, Some(&["b"])) && !holds(&unlike, Some(&["ab"])));
        assert!(holds(&json!({"Null": {KEYS: true}}), None));
    }

    #[test]
    fn an_operator_that_is_not_known_is_refused() {
        for name in ["ArnLike", "StringLikeIfExists", "ForAllValues:Null", "ForSome:StringLike"] {
            assert!(Condition::read(&json!({name: {KEYS: "a"}})).is_err(), "{name}");
        }
        assert!(Condition::read(&json!({"StringLike": {KEYS: 1}})).is_err());
    }
}
