//! SMS that were sent, counted by organization and day: `COUNT#sms#<organization>#<day>` in the table
//! `challenges`.

use std::time::Duration;

use anyhow::Context as _;
use aws_sdk_dynamodb::types::ReturnValue;
use domain::id::OrganizationId;
use domain::limits::Window;
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::resources::TableName;

use crate::item::{count, ttl};
use crate::table::{Table, Write};

/// How long after a day's end its count may be deleted.
const RETENTION: Duration = Duration::from_hours(48);

/// Counts SMS before they are sent.
#[derive(Clone)]
pub struct SmsCounts {
    table: Table,
}

impl SmsCounts {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Challenges)? })
    }

    /// Counts one more SMS of an organization, and returns its number within the day; `None` if the cap
    /// is reached.
    ///
    /// A number, not a set of nonces, which would be long at thousands of messages a day. So a late copy
    /// or a retry of the write, and each delivery of a record by the stream, count once more, and the cap
    /// may be reached early, never late: it bounds a bill, and nobody's guesses.
    ///
    /// # Errors
    /// Also if the SMS may or may not have been counted.
    pub async fn count(
        &self,
        organization: &OrganizationId,
        cap: u32,
        now: Timestamp,
    ) -> anyhow::Result<Option<u32>> {
        if cap == 0 {
            return Ok(None);
        }
        let day = Window::day(now);
        let is_first = "attribute_not_exists(sent)";
        let has_room = "sent < :cap";
        let update = self
            .table
            .update(&format!("COUNT#sms#{organization}#{}", day.label()))
            .update_expression("ADD sent :one SET #ttl = :ttl")
            .condition_expression(format!("{is_first} OR {has_room}"))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":one", count(1))
            .expression_attribute_values(":cap", count(cap))
            .expression_attribute_values(":ttl", ttl(day.end().plus(RETENTION)))
            .return_values(ReturnValue::UpdatedNew);
        match self.table.write_unsigned_update(update).await? {
            Write::Applied(item) => {
                let sent = item.some_number("sent")?.context("the count has no number")?;
                Ok(Some(u32::try_from(sent)?))
            }
            Write::Lost(_) => Ok(None),
            Write::InDoubt(error) => Err(error.context("count an SMS")),
        }
    }
}
