//! Seals of the audit trail: `SEAL#<hour>` in the table `audit`, and `HEAD`, the hour of the newest.

use anyhow::Context as _;
use domain::audit::hour::Hour;
use domain::audit::seal::Seal;
use runtime::aws::Aws;
use runtime::resources::TableName;

use crate::item::{Item, instant, string};
use crate::table::{Table, Write};

/// Where the sealer goes on. It is a hint: nothing of what it says is believed when a trail is verified.
const HEAD: &str = "HEAD";

/// The seals.
#[derive(Clone)]
pub struct Seals {
    table: Table,
}

impl Seals {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Audit)? })
    }

    /// The hour before the next one to seal, and its seal; none before the first seal. There may be a
    /// newer one, whose sealer stopped before it said so. `None` if nobody has begun.
    pub async fn head(&self) -> anyhow::Result<Option<(Hour, Option<Seal>)>> {
        let Some(head) = self.table.get_strong(HEAD).await? else { return Ok(None) };
        let (hour, first) = (Hour::of(head.instant("hour")?), Hour::of(head.instant("first")?));
        if hour < first {
            return Ok(Some((hour, None)));
        }
        let seal = self.find(hour).await?.with_context(|| format!("the seal of {hour} is gone"))?;
        Ok(Some((hour, Some(seal))))
    }

    /// Says which hour is the first, before it is sealed, unless somebody has: two sealers, of which one
    /// stops, would begin with different hours, and leave those between without a seal.
    pub async fn begin(&self, first: Hour) -> anyhow::Result<()> {
        let item = Item::new(HEAD.to_owned())
            .with("hour", instant(first.previous().start()))
            .with("first", instant(first.start()));
        self.table.put_fact(HEAD, item).await.context("begin the seals").map(drop)
    }

    /// The seal of an hour.
    pub async fn find(&self, hour: Hour) -> anyhow::Result<Option<Seal>> {
        let item = self.table.get_strong(&key(hour)).await?;
        item.map(|item| read(hour, &item)).transpose()
    }

    /// Puts the seal of an hour, unless the hour has one: the first seal of an hour counts. Returns it.
    pub async fn put(&self, hour: Hour, seal: Seal) -> anyhow::Result<Seal> {
        let pk = key(hour);
        let line = seal.line().context("serialise a seal")?;
        let item = Item::new(pk.clone()).with("line", string(line));
        if self.table.put_fact(&pk, item).await? {
            return Ok(seal);
        }
        let found = self.find(hour).await?;
        found.with_context(|| format!("the seal of {hour} is gone"))
    }

    /// Moves `HEAD` to an hour, unless it is there or beyond.
    pub async fn advance(&self, hour: Hour) -> anyhow::Result<()> {
        let is_later = "#hour < :hour"; // false once the write was applied
        let update = self
            .table
            .update(HEAD)
            .update_expression("SET #hour = :hour")
            .condition_expression(is_later)
            .expression_attribute_names("#hour", "hour")
            .expression_attribute_values(":hour", instant(hour.start()));
        match self.table.write_update(update).await? {
            Write::Applied(_) | Write::Lost(_) => Ok(()),
            Write::InDoubt(error) => Err(error.context("move the head of the seals")),
        }
    }
}

fn key(hour: Hour) -> String {
    format!("SEAL#{hour}")
}

fn read(hour: Hour, item: &Item) -> anyhow::Result<Seal> {
    Seal::parse(item.text("line")?).with_context(|| format!("the item of {hour}"))
}
