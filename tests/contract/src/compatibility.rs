//! What one description of the API takes away from an earlier one. v1 only adds.
//!
//! The tools that compare OpenAPI 3.1 documents are programs that no package manager of this project
//! has; the rules that v1 needs are few.

use serde_json::Value;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    /// What callers send: it may only become more lenient.
    Request,
    /// What they get: it may only become richer.
    Response,
}

/// Two documents, and what is broken between them.
struct Comparison<'d> {
    old: &'d Value,
    new: &'d Value,
    breaks: Vec<String>,
}

/// What callers of the old API can no longer rely on.
pub fn breaks(old: &Value, new: &Value) -> Vec<String> {
    let mut comparison = Comparison { old, new, breaks: Vec::new() };
    comparison.paths();
    comparison.breaks
}

impl Comparison<'_> {
    fn paths(&mut self) {
        for (path, methods) in members(&self.old["paths"]) {
            for (method, operation) in members(&methods) {
                if operation.get("responses").is_none() {
                    continue;
                }
                let at = format!("{} {path}", method.to_uppercase());
                match self.new["paths"][&path].get(&method).cloned() {
                    Some(new) => self.operation(&at, &operation, &new),
                    None => self.breaks.push(format!("{at} is gone")),
                }
            }
        }
    }

    fn operation(&mut self, at: &str, old: &Value, new: &Value) {
        for security in elements(&old["security"]) {
            let is_kept = elements(&new["security"]).contains(&security);
            self.expect(is_kept, || format!("{at}: {security} no longer suffices"));
        }
        self.parameters(at, old, new);
        let (old_body, new_body) = (&old["requestBody"], &new["requestBody"]);
        let (old_body, new_body) = (follow(self.old, old_body), follow(self.new, new_body));
        let is_newly_required = new_body["required"] == true && old_body["required"] != true;
        self.expect(!is_newly_required, || format!("{at}: a body is required"));
        self.contents(at, &old_body, &new_body, Direction::Request);
        for (status, old) in members(&old["responses"]) {
            let at = format!("{at} {status}");
            let (old, new) = (follow(self.old, &old), new["responses"].get(&status));
            let Some(new) = new.map(|new| follow(self.new, new)) else {
                self.breaks.push(format!("{at} is gone"));
                continue;
            };
            self.contents(&at, &old, &new, Direction::Response);
        }
    }

    fn parameters(&mut self, at: &str, old: &Value, new: &Value) {
        let all = |document: &Value, operation: &Value| {
            let parameters = elements(&operation["parameters"]).into_iter();
            parameters.map(|parameter| follow(document, &parameter)).collect::<Vec<_>>()
        };
        let old = all(self.old, old);
        for new in all(self.new, new) {
            let was = old.iter().find(|old| old["name"] == new["name"] && old["in"] == new["in"]);
            let is_newly_required =
                new["required"] == true && was.is_none_or(|old| old["required"] != true);
            self.expect(!is_newly_required, || format!("{at}: {} is required", new["name"]));
            if let Some(was) = was {
                let at = format!("{at} {}", new["name"]);
                self.schema(&at, &was["schema"], &new["schema"], Direction::Request);
            }
        }
    }

    fn contents(&mut self, at: &str, old: &Value, new: &Value, direction: Direction) {
        for (kind, content) in members(&old["content"]) {
            match new["content"].get(&kind) {
                Some(new) => self.schema(at, &content["schema"], &new["schema"], direction),
                None => self.breaks.push(format!("{at}: {kind} is gone")),
            }
        }
    }

    fn schema(&mut self, at: &str, old: &Value, new: &Value, direction: Direction) {
        let (old, new) = (follow(self.old, old), follow(self.new, new));
        for keyword in ["type", "const", "pattern", "format"] {
            // A request may drop a restriction, an answer may gain one.
            let is_kept = old[keyword] == new[keyword]
                || (direction == Direction::Request && new[keyword].is_null())
                || (direction == Direction::Response && old[keyword].is_null());
            self.expect(is_kept, || format!("{at}: {keyword} is {}", new[keyword]));
        }
        let (old_required, new_required) = (elements(&old["required"]), elements(&new["required"]));
        let (promised, kept) = match direction {
            Direction::Request => (&new_required, &old_required),
            Direction::Response => (&old_required, &new_required),
        };
        for name in promised.iter().filter(|name| !kept.contains(name)) {
            let verb = if direction == Direction::Request {
                "has become required"
            } else {
                "may be absent"
            };
            self.breaks.push(format!("{at}: {name} {verb}"));
        }
        for (name, property) in members(&old["properties"]) {
            let at = format!("{at}.{name}");
            match new["properties"].get(&name) {
                Some(new) => self.schema(&at, &property, new, direction),
                None => self.breaks.push(format!("{at} is gone")),
            }
        }
        for value in elements(&old["enum"]) {
            let is_kept = new["enum"].is_null() || elements(&new["enum"]).contains(&value);
            self.expect(is_kept || direction == Direction::Response, || {
                format!("{at}: {value} is no longer taken")
            });
        }
        if old["items"].is_object() {
            self.schema(&format!("{at}[]"), &old["items"], &new["items"], direction);
        }
        for keyword in ["allOf", "oneOf", "anyOf"] {
            let news = elements(&new[keyword]);
            for (place, old) in elements(&old[keyword]).iter().enumerate() {
                let new = news.get(place).unwrap_or(&Value::Null);
                self.schema(&format!("{at}/{keyword}/{place}"), old, new, direction);
            }
        }
    }

    fn expect(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.breaks.push(otherwise());
        }
    }
}

fn members(value: &Value) -> Vec<(String, Value)> {
    let members = value.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn elements(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn follow(document: &Value, value: &Value) -> Value {
    let target = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    target.and_then(|pointer| document.pointer(pointer)).unwrap_or(value).clone()
}
