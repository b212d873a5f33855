//! `postern status`: a deployment at a glance.

mod day;

use domain::time::Timestamp;
use futures_util::future::join5;
use registry::Registered;
use runtime::clock;
use runtime::outage::sdk_error;
use runtime::resources::TableName;
use serde::Serialize;

use self::day::Day;
use crate::doctor;
use crate::failure::{Failure, Result};
use crate::keys;
use crate::operator::Operator;
use crate::output::{Output, Record};

/// Reads all parts side by side. One that can't be read is unknown, and says why; it is a failure only if
/// none can.
pub(crate) async fn run(operator: &Operator, output: &Output) -> Result<()> {
    let now = clock::now();
    let (organizations, user_items, last_day, alarms, keys) = join5(
        Organizations::read(operator, now),
        user_items(operator),
        Day::read(operator, now),
        doctor::alarms(operator),
        keys(operator, now),
    )
    .await;
    let mut failed = Vec::new();
    let mut status = Status {
        organizations: known("organizations", organizations, &mut failed),
        user_items: known("users", user_items, &mut failed),
        last_day: known("last day", last_day, &mut failed),
        alarms: known("alarms", alarms, &mut failed).map(|(total, on)| Alarms { total, on }),
        keys: known("keys", keys, &mut failed),
        unknown: Vec::new(),
    };
    if failed.len() == PARTS {
        return Err(failed.swap_remove(0).1);
    }
    let unknown =
        |(part, failure): (&'static str, Failure)| Unknown { part, reason: failure.to_string() };
    status.unknown = failed.into_iter().map(unknown).collect();
    output.record(&status)
}

fn known<T>(
    part: &'static str,
    read: Result<T>,
    failed: &mut Vec<(&'static str, Failure)>,
) -> Option<T> {
    read.map_err(|failure| failed.push((part, failure))).ok()
}

/// Of a status.
const PARTS: usize = 5;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    organizations: Option<Organizations>,
    /// Items of the table, two to four a user, as DynamoDB counts them every six hours.
    user_items: Option<i64>,
    last_day: Option<Day>,
    alarms: Option<Alarms>,
    keys: Option<Vec<Key>>,
    unknown: Vec<Unknown>,
}

#[derive(Serialize)]
struct Alarms {
    total: usize,
    /// The names of those that are on.
    on: Vec<String>,
}

/// A key that signs or derives.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    ring: &'static str,
    kid: String,
    /// The days since it became current; `None` for the first of a deployment.
    days: Option<u64>,
}

/// A part that could not be read.
#[derive(Serialize)]
struct Unknown {
    part: &'static str,
    reason: String,
}

#[derive(Default, Serialize)]
struct Organizations {
    total: usize,
    disabled: usize,
    sandboxes: usize,
}

impl Organizations {
    async fn read(operator: &Operator, now: Timestamp) -> Result<Self> {
        let (organizations, mut counted, mut from) =
            (operator.organizations()?, Self::default(), None);
        loop {
            let page = organizations.page(from).await?;
            page.items.iter().for_each(|registered| counted.add(registered, now));
            from = page.next;
            if from.is_none() {
                return Ok(counted);
            }
        }
    }

    fn add(&mut self, registered: &Registered, now: Timestamp) {
        let sandbox = registered.organization.sandbox;
        self.total += 1;
        self.disabled += usize::from(registered.disabled);
        self.sandboxes += usize::from(sandbox.is_some_and(|sandbox| !sandbox.has_ended(now)));
    }
}

async fn user_items(operator: &Operator) -> Result<i64> {
    let name = operator.variable(TableName::Users.variable())?;
    let described = operator.aws.dynamodb().describe_table().table_name(name).send().await;
    let described = described.map_err(|error| sdk_error(&error, "DescribeTable"))?;
    Ok(described.table.and_then(|table| table.item_count).unwrap_or_default())
}

async fn keys(operator: &Operator, now: Timestamp) -> Result<Vec<Key>> {
    let current = keys::all(operator).await?.into_iter().filter(|key| key.state == "current");
    let key = |key: keys::View| {
        let days = key.since.map(|since| now.since(since).as_secs() / (24 * 3600));
        Key { ring: key.secret, kid: key.kid, days }
    };
    Ok(current.map(key).collect())
}

impl Record for Status {
    fn cells(&self) -> Vec<(&'static str, String)> {
        let mut cells = Vec::new();
        if let Some(Organizations { total, disabled, sandboxes }) = &self.organizations {
            let text = format!("{total} ({disabled} disabled, {sandboxes} sandboxes)");
            cells.push(("organizations", text));
        }
        if let Some(items) = self.user_items {
            let text = format!("{items} items, two to four a user, counted every six hours");
            cells.push(("users", text));
        }
        if let Some(day) = &self.last_day {
            cells.extend(day.cells());
        }
        if let Some(Alarms { total, on }) = &self.alarms {
            let text = match on.as_slice() {
                [] => format!("{total}, none is on"),
                on => format!("{total}, on: {}", on.join(", ")),
            };
            cells.push(("alarms", text));
        }
        for key in self.keys.iter().flatten() {
            let age = match key.days {
                None => "since the deployment".to_owned(),
                Some(1) => "for 1 day".to_owned(),
                Some(days) => format!("for {days} days"),
            };
            cells.push(("key", format!("{} {} {age}", key.ring, key.kid)));
        }
        for Unknown { part, reason } in &self.unknown {
            cells.push(("unknown", format!("{part}: {reason}")));
        }
        cells
    }
}
