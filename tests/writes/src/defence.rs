//! Clauses that no test can miss, and why they stay.

use crate::write::Write;

struct Defence {
    write: &'static str,
    /// What tells the condition from others of the same write.
    condition_has: &'static str,
    clause: &'static str,
    reason: &'static str,
}

const DEFENCES: [Defence; 6] = [
    Defence {
        write: "COUNT UpdateItem",
        condition_has: "size(seen) < :limit",
        clause: "contains(seen, :nonce)",
        reason: "a lost condition returns the item, in which the decision finds the nonce as well",
    },
    Defence {
        write: "RT PutItem",
        condition_has: "",
        clause: "attribute_not_exists(pk)",
        reason: "every copy of the put says the same; the clause keeps it so",
    },
    Defence {
        write: "IDENT UpdateItem",
        condition_has: "deletedBy",
        clause: "attribute_not_exists(deletedBy)",
        reason: "one command releases a reservation; of an API key's pointer, which two may, a test misses it",
    },
    Defence {
        write: "FAM UpdateItem",
        condition_has: "lastKey <> :key",
        clause: "attribute_not_exists(lastKey)",
        reason: "an attribute that is missing differs from every value; the clause says so",
    },
    Defence {
        write: "OTP PutItem",
        condition_has: "sentFor <> :sentFor",
        clause: "attribute_not_exists(sentFor)",
        reason: "an attribute that is missing differs from every value; the clause says so",
    },
    Defence {
        write: "OTP UpdateItem",
        condition_has: "contains(attempts, :nonce)",
        clause: "attribute_exists(codeHash)",
        reason: "a used code has no `expiresAt` either; the clause says that an attempt is at a code",
    },
];

/// Why a clause stays although nothing misses it.
pub(crate) fn reason(write: &Write, clause: &str) -> Option<String> {
    let listed = DEFENCES.iter().find(|defence| {
        defence.write == write.name
            && write.condition.contains(defence.condition_has)
            && defence.clause == clause
    });
    listed.map(|defence| format!("defence: {}", defence.reason))
}
