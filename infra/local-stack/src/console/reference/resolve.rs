//! The document without references: what is named elsewhere stands where it is used.

use anyhow::{Context, Result, bail, ensure};
use serde_yaml_ng::{Mapping, Value};

/// Deeper than any description, and shallow enough to stop at a schema that contains itself.
const MAXIMUM_DEPTH: usize = 64;

/// Puts what `$ref` and `allOf` name in their place.
pub(super) fn resolved(document: &Value) -> Result<Value> {
    Resolver { document }.value(document, 0)
}

struct Resolver<'d> {
    document: &'d Value,
}

impl Resolver<'_> {
    fn value(&self, value: &Value, depth: usize) -> Result<Value> {
        ensure!(depth < MAXIMUM_DEPTH, "a reference leads to itself");
        match value {
            Value::Mapping(mapping) => self.mapping(mapping, depth).map(Value::Mapping),
            Value::Sequence(items) => {
                let items = items.iter().map(|item| self.value(item, depth + 1));
                items.collect::<Result<_>>().map(Value::Sequence)
            }
            scalar => Ok(scalar.clone()),
        }
    }

    fn mapping(&self, mapping: &Mapping, depth: usize) -> Result<Mapping> {
        let mut whole = Mapping::new();
        for (key, value) in mapping {
            match (key.as_str(), value) {
                (Some("$ref"), Value::String(pointer)) => {
                    merge(&mut whole, self.value(self.target(pointer)?, depth + 1)?);
                }
                (Some("allOf"), Value::Sequence(parts)) => {
                    for part in parts {
                        merge(&mut whole, self.value(part, depth + 1)?);
                    }
                }
                _ => {
                    let value = self.value(value, depth + 1)?;
                    merge(&mut whole, Value::Mapping(Mapping::from_iter([(key.clone(), value)])));
                }
            }
        }
        Ok(whole)
    }

    fn target(&self, pointer: &str) -> Result<&Value> {
        let Some(path) = pointer.strip_prefix("#/") else { bail!("{pointer} is in another file") };
        path.split('/')
            .try_fold(self.document, |value, name| value.get(name))
            .with_context(|| format!("nothing at {pointer}"))
    }
}

/// What narrows goes before what it narrows; fields that either requires are required.
fn merge(whole: &mut Mapping, part: Value) {
    let Value::Mapping(part) = part else { return };
    for (key, value) in part {
        match (whole.get_mut(&key), value) {
            (Some(Value::Mapping(there)), Value::Mapping(more)) => {
                merge(there, Value::Mapping(more));
            }
            (Some(Value::Sequence(there)), Value::Sequence(more)) if key == "required" => {
                for name in more {
                    if !there.contains(&name) {
                        there.push(name);
                    }
                }
            }
            (_, value) => {
                whole.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str) -> Result<Value> {
        resolved(&serde_yaml_ng::from_str(text).unwrap())
    }

    #[test]
    fn what_narrows_goes_before_what_it_narrows() {
        let document = resolve(
            "
            error: {required: [code], properties: {code: {type: string, description: For programs}}}
            answer:
              allOf:
                - $ref: '#/error'
                - {required: [code, status], properties: {code: {const: GONE}, status: {const: 404}}}
            ",
        );
        let expected: Value = serde_yaml_ng::from_str(
            "
            required: [code, status]
            properties:
              code: {type: string, description: For programs, const: GONE}
              status: {const: 404}
            ",
        )
        .unwrap();
        assert_eq!(document.unwrap()["answer"], expected);
    }

    #[test]
    fn references_that_lead_nowhere_are_refused() {
        for (text, reason) in [
            ("a: {$ref: '#/b'}", "nothing at #/b"),
            ("a: {$ref: other.yaml}", "another file"),
            ("a: {items: {$ref: '#/a'}}", "leads to itself"),
        ] {
            assert!(resolve(text).unwrap_err().to_string().contains(reason), "{text}");
        }
    }
}
