//! The items that change.

use std::collections::BTreeMap;

use domain::audit::image::Image;
use domain::time::Timestamp;
use fastrand::Rng;
use serde_json::{Value, json};

/// How long after its expiry an item is deleted.
const LAG_SECONDS: i64 = 3600;

/// A table. Its items may be at contents where they were before.
#[derive(Default)]
pub(crate) struct Table {
    items: BTreeMap<String, Image>,
    count: usize,
}

impl Table {
    pub(crate) fn items(&self) -> impl Iterator<Item = (&String, &Image)> {
        self.items.iter()
    }

    pub(crate) fn changes(&self) -> usize {
        self.count
    }

    /// Puts, changes or deletes an item, and returns the record of its stream.
    pub(crate) fn change(&mut self, rng: &mut Rng, now: Timestamp) -> Value {
        let pk = format!("FAM#{}", rng.u8(0..12));
        let old = self.items.get(&pk).cloned();
        let new = match &old {
            Some(_) if rng.u8(0..6) == 0 => None,
            // Few values, so that contents come again.
            Some(old) => Some(with(old.clone(), "curHash", json!({"S": rng.u8(0..4).to_string()}))),
            None => Some(fresh(&pk, rng, now)),
        };
        // DynamoDB has no record of a write that changes nothing.
        let new = match (&old, new) {
            (Some(old), Some(new)) if *old == new => {
                Some(with(new, "nonce", json!({"S": self.count.to_string()})))
            }
            (_, new) => new,
        };
        match &new {
            Some(new) => self.items.insert(pk.clone(), new.clone()),
            None => self.items.remove(&pk),
        };
        self.count += 1;
        let mut record = json!({
            "eventID": format!("{:032x}", self.count),
            "dynamodb": {
                "ApproximateCreationDateTime": now.seconds(),
                "Keys": {"pk": {"S": pk}},
                "SequenceNumber": format!("{:021}", self.count),
            },
        });
        for (name, image) in [("OldImage", old), ("NewImage", new)] {
            if let Some(image) = image {
                record["dynamodb"][name] = Value::Object(image);
            }
        }
        record
    }

    /// Deletes what has expired, some time ago. The event source leaves such records out.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        self.items.retain(|_, image| {
            let ttl = image.get("ttl").and_then(|ttl| ttl["N"].as_str()?.parse::<i64>().ok());
            ttl.is_none_or(|ttl| ttl + LAG_SECONDS > now.seconds())
        });
    }
}

fn fresh(pk: &str, rng: &mut Rng, now: Timestamp) -> Image {
    let mut image = Image::new();
    image.insert("pk".to_owned(), json!({"S": pk}));
    image.insert("curHash".to_owned(), json!({"S": rng.u8(0..4).to_string()}));
    if rng.bool() {
        let ttl = now.seconds() + rng.i64(60..20_000);
        image.insert("ttl".to_owned(), json!({"N": ttl.to_string()}));
    }
    image
}

fn with(mut image: Image, name: &str, value: Value) -> Image {
    image.insert(name.to_owned(), value);
    image
}
