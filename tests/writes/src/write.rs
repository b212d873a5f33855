//! A write, told from others by its condition, and the clauses that the condition is made of.

/// One write, as the store sends it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Write {
    /// Item and operation, e.g. `FAM UpdateItem`.
    pub(crate) name: String,
    /// The condition expression; empty where there is none.
    pub(crate) condition: String,
}

impl Write {
    /// A line that the workbench wrote: write, condition and fault, separated by `|`.
    pub(crate) fn parse(line: &str) -> Option<(Self, &str)> {
        let (name, rest) = line.split_once('|')?;
        let (condition, fault) = rest.rsplit_once('|')?;
        Some((Self { name: name.to_owned(), condition: condition.to_owned() }, fault))
    }

    /// Whether name and condition contain a text.
    pub(crate) fn is_of(&self, text: &str) -> bool {
        format!("{} {}", self.name, self.condition).contains(text)
    }

    /// Everything between the operators, and each group of alternatives as a whole: without it a limit is
    /// none, while a missing alternative only makes a condition stricter.
    pub(crate) fn clauses(&self) -> Vec<String> {
        if self.condition.is_empty() {
            return Vec::new();
        }
        let mut all = self.between_operators();
        all.extend(self.alternatives());
        all
    }

    fn between_operators(&self) -> Vec<String> {
        let mut clauses = vec![self.condition.as_str()];
        for operator in [" AND ", " OR "] {
            clauses = clauses.into_iter().flat_map(|clause| clause.split(operator)).collect();
        }
        clauses.into_iter().map(unwrapped).collect()
    }

    /// The groups of alternatives, with their parentheses; the whole condition, if it is one.
    fn alternatives(&self) -> Vec<String> {
        let whole = has_alternatives(&self.condition).then(|| self.condition.clone());
        let (mut groups, mut open) = (Vec::new(), Vec::new());
        for (at, char) in self.condition.char_indices() {
            match char {
                '(' => open.push(at),
                ')' => groups.extend(open.pop().map(|start| &self.condition[start..=at])),
                _ => {}
            }
        }
        let inside = |group: &str| has_alternatives(&group[1..group.len() - 1]);
        let groups = groups.into_iter().filter(|group| inside(group)).map(str::to_owned);
        groups.chain(whole).collect()
    }
}

/// Whether an expression is a choice between alternatives, those of its own groups aside.
fn has_alternatives(expression: &str) -> bool {
    let mut depth = 0_usize;
    expression.char_indices().any(|(at, char)| {
        match char {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && expression[at..].starts_with(" OR ")
    })
}

/// Without the parentheses that belong to a group: those that the clause alone leaves unbalanced.
fn unwrapped(clause: &str) -> String {
    let mut clause = clause.trim();
    loop {
        let (opened, closed) = (clause.matches('(').count(), clause.matches(')').count());
        clause = match () {
            () if opened > closed => clause.strip_prefix('(').unwrap_or(clause),
            () if closed > opened => clause.strip_suffix(')').unwrap_or(clause),
            () => return clause.to_owned(),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_falls_into_its_clauses() {
        let condition =
            "attribute_not_exists(pk) OR (a < :b AND (attribute_exists(c) OR size(d) >= :e))";
        let write = Write { name: String::new(), condition: condition.to_owned() };
        let clauses =
            ["attribute_not_exists(pk)", "a < :b", "attribute_exists(c)", "size(d) >= :e"];
        assert_eq!(write.between_operators(), clauses);
        let groups = ["(attribute_exists(c) OR size(d) >= :e)", condition];
        assert_eq!(write.alternatives(), groups);
        assert_eq!(write.clauses(), [&clauses[..], &groups].concat());
    }
}
