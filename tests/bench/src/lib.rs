//! What the benches hand to the audit trail: changes of sessions, as the tables' streams have them.

use serde_json::{Value, json};

/// 2027-01-15T08:00:00Z, of the first change.
pub const FIRST: i64 = 1_800_000_000;

/// One change of many.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    pub nth: usize,
    /// How often each item is changed.
    pub of_item: usize,
    /// Seconds since the epoch.
    pub at: i64,
}

impl Change {
    /// The record, without the stream that it is from.
    pub fn record(self) -> Value {
        let (item, change) = (self.nth / self.of_item, self.nth % self.of_item);
        let pk = format!("FAM#{item:022}");
        let image = |change: usize| {
            json!({
                "pk": {"S": pk}, "organizationId": {"S": "11111111-1111-4111-8111-111111111111"},
                "userId": {"S": "33333333-3333-4333-8333-333333333333"},
                "createdAt": {"N": "1800000000000"}, "absExp": {"N": "1807776000000"},
                "slideExp": {"N": "1802592000000"}, "curHash": {"S": format!("{change:088}")},
                "channel": {"S": "EMAIL"}, "ttl": {"N": "1807948800"},
                "by": {"S": format!("portal-refresh-token {item:036}")},
            })
        };
        let mut record = json!({
            "eventID": format!("{:032x}", self.nth),
            "dynamodb": {
                "ApproximateCreationDateTime": self.at, "Keys": {"pk": {"S": pk}},
                "SequenceNumber": "1", "NewImage": image(change),
            },
        });
        if change > 0 {
            record["dynamodb"]["OldImage"] = image(change - 1);
        }
        record
    }
}
