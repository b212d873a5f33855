//! A condition expression and the clauses that it is made of.

/// One condition, as a write carries it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Condition {
    /// Item and operation, e.g. `FAM UpdateItem`.
    pub(crate) write: String,
    /// The expression.
    pub(crate) expression: String,
}

impl Condition {
    /// From a line that the workbench wrote: write and expression, separated by `|`.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (write, expression) = line.split_once('|')?;
        Some(Self { write: write.to_owned(), expression: expression.to_owned() })
    }

    /// Everything between the operators: no clause contains another.
    pub(crate) fn clauses(&self) -> Vec<String> {
        let mut clauses = vec![self.expression.as_str()];
        for operator in [" AND ", " OR "] {
            clauses = clauses.into_iter().flat_map(|clause| clause.split(operator)).collect();
        }
        clauses.into_iter().map(unwrapped).collect()
    }
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
        let expression =
            "attribute_not_exists(pk) OR (a < :b AND (attribute_exists(c) OR size(d) >= :e))";
        let condition = Condition { write: String::new(), expression: expression.to_owned() };
        let clauses =
            ["attribute_not_exists(pk)", "a < :b", "attribute_exists(c)", "size(d) >= :e"];
        assert_eq!(condition.clauses(), clauses);
    }
}
