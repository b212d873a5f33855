//! What became of the newest send of a code: attributes of its item, which no condition of another write
//! reads.

use anyhow::Context as _;
use domain::delivery::{Delivery, State};
use runtime::aws::Aws;
use runtime::resources::TableName;

use crate::challenge_item::{Due, code_key};
use crate::item::{Item, instant, string};
use crate::table::{Table, Write};

/// Notes what became of sends, in the table `challenges`.
#[derive(Clone)]
pub struct Deliveries {
    table: Table,
}

impl Deliveries {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Challenges)? })
    }

    /// Notes what became of a send, unless another send has followed it, or a later delivery of the same
    /// one was noted. It recreates no item that is gone.
    ///
    /// # Errors
    /// Also if it may or may not have been noted. The message is not taken back.
    pub async fn note(&self, due: &Due, delivery: &Delivery) -> anyhow::Result<()> {
        let is_latest_send = "sendId = :seen"; // false for an item that is gone
        // An attribute that is missing differs from every value.
        let is_news = "(deliveryOf <> :seen OR deliveryAt < :at)";
        let told = [("messageId", &delivery.message_id), ("deliveryError", &delivery.error)];
        let set = ["deliveryOf = :seen", "delivery = :state", "deliveryAt = :at"];
        let (mut set, mut removed) = (set.map(str::to_owned).to_vec(), Vec::new());
        let mut update = self
            .table
            .update(&code_key(&due.organization, &due.identity))
            .condition_expression(format!("{is_latest_send} AND {is_news}"))
            .expression_attribute_values(":seen", string(due.send_id.as_str()))
            .expression_attribute_values(":state", string(delivery.state.as_str()))
            .expression_attribute_values(":at", instant(delivery.at))
            .set_return_values_on_condition_check_failure(None);
        for (name, value) in told {
            if let Some(value) = value {
                set.push(format!("{name} = :{name}"));
                update = update.expression_attribute_values(format!(":{name}"), string(value));
            } else {
                removed.push(name);
            }
        }
        let mut changes = format!("SET {}", set.join(", "));
        if !removed.is_empty() {
            changes = format!("{changes} REMOVE {}", removed.join(", "));
        }
        match self.table.write_update(update.update_expression(changes)).await? {
            // Lost: a newer send or delivery says more, or this one is noted already.
            Write::Applied(_) | Write::Lost(_) => Ok(()),
            Write::InDoubt(error) => Err(error.context("note what became of a send")),
        }
    }
}

/// What became of the newest send of an item; `None` if nothing was noted yet, only of an earlier one.
pub fn delivery(item: &Item) -> anyhow::Result<Option<Delivery>> {
    if item.some_text("deliveryOf")? != Some(item.text("sendId")?) {
        return Ok(None);
    }
    Ok(Some(Delivery {
        state: State::parse(item.text("delivery")?).context("the item's delivery is unknown")?,
        at: item.instant("deliveryAt")?,
        message_id: item.some_text("messageId")?.map(str::to_owned),
        error: item.some_text("deliveryError")?.map(str::to_owned),
    }))
}
