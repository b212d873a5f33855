//! Filter patterns, in the forms that tools of this project use: terms, and comparisons of JSON fields.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>

use serde_json::Value;

/// The longest pattern that CloudWatch Logs accepts.
const MAXIMUM_LENGTH: usize = 1024;
/// Deeper parentheses are refused, or a pattern could exhaust the stack.
const MAXIMUM_DEPTH: usize = 16;

/// Which events are found.
#[derive(Debug)]
pub(crate) enum Pattern {
    All,
    Terms(Vec<Term>),
    Json(Expression),
}

/// A term of a text, and whether it is required, forbidden (`-term`) or one of several (`?term`).
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Term {
    Required(String),
    Forbidden(String),
    Optional(String),
}

#[derive(Debug)]
pub(crate) enum Expression {
    Any(Vec<Expression>),
    Every(Vec<Expression>),
    Comparison { path: Vec<String>, is_equal: bool, value: String },
}

impl Pattern {
    /// `None` if the pattern is malformed or of a form that is not supported.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > MAXIMUM_LENGTH {
            return None;
        }
        if text.is_empty() {
            return Some(Self::All);
        }
        if let Some(inner) = text.strip_prefix('{') {
            let mut rest = Rest { text: inner.strip_suffix('}')?, depth: 0 };
            let expression = rest.any()?;
            return rest.text.trim().is_empty().then_some(Self::Json(expression));
        }
        let (mut rest, mut terms) = (Rest { text, depth: 0 }, Vec::new());
        while !rest.text.trim().is_empty() {
            terms.push(rest.term()?);
        }
        Some(Self::Terms(terms))
    }

    pub(crate) fn matches(&self, message: &str) -> bool {
        match self {
            Self::All => true,
            Self::Terms(terms) => matches_terms(terms, message),
            Self::Json(expression) => {
                serde_json::from_str(message).is_ok_and(|message| expression.holds(&message))
            }
        }
    }
}

fn matches_terms(terms: &[Term], message: &str) -> bool {
    let (mut has_optional, mut has_any) = (false, false);
    for term in terms {
        match term {
            Term::Required(text) if !message.contains(text) => return false,
            Term::Forbidden(text) if message.contains(text) => return false,
            Term::Optional(text) => {
                has_optional = true;
                has_any |= message.contains(text);
            }
            Term::Required(_) | Term::Forbidden(_) => {}
        }
    }
    has_any || !has_optional
}

impl Expression {
    fn holds(&self, message: &Value) -> bool {
        match self {
            Self::Any(parts) => parts.iter().any(|part| part.holds(message)),
            Self::Every(parts) => parts.iter().all(|part| part.holds(message)),
            Self::Comparison { path, is_equal, value } => {
                let found = path.iter().try_fold(message, |value, name| value.get(name));
                // A field that is missing neither equals a value nor differs from it.
                found.is_some_and(|found| equals(found, value) == *is_equal)
            }
        }
    }
}

fn equals(found: &Value, value: &str) -> bool {
    match found {
        Value::String(found) => matches_wildcard(value, found),
        Value::Number(found) => {
            value.parse::<f64>().is_ok_and(|value| found.as_f64() == Some(value))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

/// `*` stands for any characters.
fn matches_wildcard(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<_> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(end)
}

/// What is left to read of a pattern.
struct Rest<'p> {
    text: &'p str,
    depth: usize,
}

impl<'p> Rest<'p> {
    /// Comparisons with `||`, which binds less than `&&`.
    fn any(&mut self) -> Option<Expression> {
        let mut parts = vec![self.every()?];
        while self.skip("||") {
            parts.push(self.every()?);
        }
        Some(Expression::Any(parts))
    }

    fn every(&mut self) -> Option<Expression> {
        let mut parts = vec![self.one()?];
        while self.skip("&&") {
            parts.push(self.one()?);
        }
        Some(Expression::Every(parts))
    }

    fn one(&mut self) -> Option<Expression> {
        if !self.skip("(") {
            return self.comparison();
        }
        self.depth += 1;
        if self.depth > MAXIMUM_DEPTH {
            return None;
        }
        let inner = self.any()?;
        self.depth -= 1;
        self.skip(")").then_some(inner)
    }

    fn comparison(&mut self) -> Option<Expression> {
        if !self.skip("$.") {
            return None;
        }
        let path = self.take(|char| char.is_ascii_alphanumeric() || "_-.".contains(char))?;
        let path: Vec<_> = path.split('.').map(str::to_owned).collect();
        let is_equal = if self.skip("!=") { false } else { self.skip("=").then_some(true)? };
        let value = self.text(|char| char.is_ascii_alphanumeric() || "_-.*".contains(char))?;
        let is_path = path.iter().all(|name| !name.is_empty());
        is_path.then_some(Expression::Comparison { path, is_equal, value })
    }

    fn term(&mut self) -> Option<Term> {
        let kind = if self.skip("-") {
            Term::Forbidden
        } else if self.skip("?") {
            Term::Optional
        } else {
            Term::Required
        };
        let text = self.text(|char| char.is_alphanumeric() || char == '_')?;
        let is_apart = self.text.is_empty() || self.text.starts_with(char::is_whitespace);
        (is_apart && !text.is_empty()).then(|| kind(text))
    }

    /// A text in quotes, or one of characters that need none; `None` without it, or without its end.
    fn text(&mut self, needs_no_quotes: impl Fn(char) -> bool) -> Option<String> {
        let Some(inner) = self.text.trim_start().strip_prefix('"') else {
            return self.take(needs_no_quotes).map(str::to_owned);
        };
        let (mut text, mut chars) = (String::new(), inner.char_indices());
        while let Some((at, char)) = chars.next() {
            match char {
                '"' => {
                    self.text = &inner[at + 1..];
                    return Some(text);
                }
                '\\' => text.extend(chars.next().map(|(_, char)| char)),
                _ => text.push(char),
            }
        }
        None
    }

    /// Takes the characters that `is_part` accepts; `None` without any.
    fn take(&mut self, is_part: impl Fn(char) -> bool) -> Option<&'p str> {
        let text = self.text.trim_start();
        let end = text.find(|char| !is_part(char)).unwrap_or(text.len());
        self.text = &text[end..];
        (end > 0).then(|| &text[..end])
    }

    fn skip(&mut self, what: &str) -> bool {
        let rest = self.text.trim_start().strip_prefix(what);
        self.text = rest.unwrap_or(self.text);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(pattern: &str, message: &str) -> bool {
        Pattern::parse(pattern).unwrap_or_else(|| panic!("{pattern}")).matches(message)
    }

    #[test]
    fn terms_are_all_needed_but_the_forbidden_and_one_of_the_optional() {
        for (pattern, message, is_found) in [
            ("", "anything", true),
            ("request", "a request", true),
            ("request ERROR", "a request", false),
            ("\"a request\"", "a request", true),
            (r#""\"step\"""#, r#"{"step":"ok"}"#, true),
            ("request -ERROR", "a request", true),
            ("request -ERROR", "a request ERROR", false),
            ("?one ?two", "two", true),
            ("?one ?two", "three", false),
        ] {
            assert_eq!(finds(pattern, message), is_found, "{pattern} in {message}");
        }
    }

    #[test]
    fn fields_are_compared() {
        let line = r#"{"requestId":"a-b=","status":401,"by":{"name":"portal-me"},"ok":true}"#;
        for (pattern, is_found) in [
            (r#"{ $.requestId = "a-b=" }"#, true),
            (r#"{$.requestId="a-b="}"#, true),
            (r#"{ $.requestId = "a" }"#, false),
            (r#"{ $.requestId = "a-*" }"#, true),
            (r#"{ $.requestId = "*b*" }"#, true),
            (r#"{ $.requestId = "*c*" }"#, false),
            (r#"{ $.requestId != "c" }"#, true),
            (r#"{ $.other != "c" }"#, false),
            ("{ $.status = 401 }", true),
            ("{ $.status = 4010 }", false),
            ("{ $.by.name = portal-me }", true),
            (r#"{ $.by = "portal-me" }"#, false),
            (r#"{ ($.requestId = "x") || ($.status = 401) }"#, true),
            (r#"{ $.requestId = "x" || $.status = 401 && $.status = 1 }"#, false),
            (r#"{ ($.requestId = "a-b=" || $.status = 1) && $.status = 401 }"#, true),
        ] {
            assert_eq!(finds(pattern, line), is_found, "{pattern}");
        }
        assert!(!finds(r#"{ $.requestId = "a" }"#, "not JSON: a"));
    }

    #[test]
    fn what_is_malformed_or_not_supported_is_refused() {
        let deep = format!("{{ {}$.a = 1{} }}", "(".repeat(100), ")".repeat(100));
        let long = "a".repeat(MAXIMUM_LENGTH + 1);
        for pattern in [
            "{",
            "{}",
            "{ $.a }",
            "{ $.a = }",
            "{ $. = 1 }",
            "{ $.a..b = 1 }",
            "{ ($.a = 1 }",
            "{ $.a = \"b }",
            "{ $.a > 1 }",
            "{ $.a = 1 } x",
            "[a, b]",
            "a-b",
            "a\"b\"",
            "\"\"",
            "%a%",
            &deep,
            &long,
        ] {
            assert!(Pattern::parse(pattern).is_none(), "{pattern}");
        }
    }
}
