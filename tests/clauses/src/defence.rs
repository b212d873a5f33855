//! Clauses that no test can miss, and why they stay.

const DEFENCES: [(&str, &str, &str); 2] = [
    (
        "COUNT UpdateItem",
        "contains(seen, :nonce)",
        "a lost condition returns the item, in which the decision finds the nonce as well",
    ),
    (
        "RT PutItem",
        "attribute_not_exists(pk)",
        "every copy of the put says the same; the clause keeps it from ever meaning anything else",
    ),
];

/// Why a clause stays although nothing misses it.
pub(crate) fn reason(write: &str, clause: &str) -> Option<&'static str> {
    let listed = DEFENCES
        .iter()
        .find(|(its_write, its_clause, _)| *its_write == write && *its_clause == clause);
    listed.map(|(_, _, reason)| *reason)
}
