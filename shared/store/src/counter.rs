//! Counters of sends and attempts. Each counts for one identity or one source, and for one window, as a
//! set of nonces.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::decide::{self, Admission};
use domain::id::{Nonce, OrganizationId};
use domain::identifier::Identity;
use domain::limits::{Limit, Window};
use domain::source::NetworkCounter;

use runtime::aws::Aws;
use runtime::resources::TableName;

use crate::item::{Item, count, set_of_one, string, ttl};
use crate::table::{Settled, Table, Write, unresolved};

/// How long after a window's end its counter may be deleted.
const RETENTION: Duration = Duration::from_hours(48);

/// The counter of one purpose, one identity or source, and one window.
#[derive(Clone, Debug)]
pub struct Counter {
    pub pk: String,
    window: Window,
}

impl Counter {
    /// Counts codes that were sent.
    pub fn sends(organization: &OrganizationId, identity: &Identity, window: Window) -> Self {
        Self::of("send", organization, identity.as_str(), window)
    }

    /// Counts wrong passwords.
    pub fn passwords(organization: &OrganizationId, identity: &Identity, window: Window) -> Self {
        Self::of("password", organization, identity.as_str(), window)
    }

    /// Counts sends and wrong codes of one source.
    pub fn source(organization: &OrganizationId, network: &NetworkCounter, window: Window) -> Self {
        Self::of("source", organization, network.as_str(), window)
    }

    fn of(purpose: &str, organization: &OrganizationId, whose: &str, window: Window) -> Self {
        let pk = format!("COUNT#{purpose}#{organization}#{whose}#{}", window.label());
        Self { pk, window }
    }
}

/// The counters, in the table `challenges`.
#[derive(Clone)]
pub struct Counters {
    table: Table,
}

impl Counters {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Challenges)? })
    }

    /// Counts one attempt, unless the limit is reached. One write checks and counts. A retry has the
    /// same nonce, so it counts once.
    pub async fn count(
        &self,
        counter: &Counter,
        nonce: &Nonce,
        limit: Limit,
    ) -> anyhow::Result<Admission> {
        let is_first = "attribute_not_exists(seen)";
        let has_room = "size(seen) < :limit";
        let is_counted = "contains(seen, :nonce)";
        let update = self
            .table
            .update(&counter.pk)
            .update_expression("ADD seen :nonces SET #ttl = :ttl")
            .condition_expression(format!("{is_first} OR {has_room} OR {is_counted}"))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":nonces", set_of_one(nonce.as_str()))
            .expression_attribute_values(":nonce", string(nonce.as_str()))
            .expression_attribute_values(":limit", count(limit.get()))
            .expression_attribute_values(":ttl", ttl(counter.window.end().plus(RETENTION)));
        let write = self.table.write_unsigned_update(update).await?;
        let Settled::Found(found) = self.table.settle(&counter.pk, write).await? else {
            return Ok(Admission::Admitted);
        };
        let seen = found.as_ref().map(seen).transpose()?.unwrap_or_default();
        decide::admission(&seen, nonce, limit.get()).map_err(unresolved("count an attempt"))
    }

    /// Removes our own attempt from the count. A late copy of the count may add it again: then the
    /// count is one too high, never one too low.
    pub async fn take_back(&self, counter: &Counter, nonce: &Nonce) -> anyhow::Result<()> {
        let is_counted = "contains(seen, :nonce)";
        let update = self
            .table
            .update(&counter.pk)
            .update_expression("DELETE seen :nonces")
            .condition_expression(is_counted)
            .expression_attribute_values(":nonces", set_of_one(nonce.as_str()))
            .expression_attribute_values(":nonce", string(nonce.as_str()));
        match self.table.write_unsigned_update(update).await? {
            // Lost: the attempt is not counted any more.
            Write::Applied(_) | Write::Lost(_) => Ok(()),
            Write::InDoubt(error) => Err(error.context("take an attempt back")),
        }
    }
}

/// The nonces in a counter's item.
pub fn seen(item: &Item) -> anyhow::Result<BTreeSet<Nonce>> {
    Ok(item.texts("seen")?.into_iter().map(Nonce::stored).collect())
}
