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

    /// Everything between the operators: no clause contains another.
    pub(crate) fn clauses(&self) -> Vec<String> {
        if self.condition.is_empty() {
            return Vec::new();
        }
        let mut clauses = vec![self.condition.as_str()];
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
        let condition =
            "attribute_not_exists(pk) OR (a < :b AND (attribute_exists(c) OR size(d) >= :e))";
        let write = Write { name: String::new(), condition: condition.to_owned() };
        let clauses =
            ["attribute_not_exists(pk)", "a < :b", "attribute_exists(c)", "size(d) >= :e"];
        assert_eq!(write.clauses(), clauses);
    }
}
