//! What an organization shares with the partner that it is connected to, on the organization's item.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::credential::{Credential, Credentials};
use domain::decide::{self, Integration};
use domain::id::{ConnectionId, IntegrationId, OrganizationId, PartnerId};
use domain::partner::Connection;
use domain::scope::{Scope, Scopes};
use domain::time::Timestamp;

use super::super::item::{Item, instant, string};
use super::super::organization::is_disabled;
use super::super::table::Settled;
use super::slots::Slots;
use super::{Change, Partners};
use crate::aws::Unavailable;

/// What the organization's record says once the integration was validated.
const INTEGRATED: &str = "INTEGRATED";

impl Partners {
    /// An organization's connection, if it has one and is not disabled; may be a second behind.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the item is not an organization's.
    pub async fn connection(
        &self,
        organization: &OrganizationId,
    ) -> anyhow::Result<Option<Connection>> {
        let slots = slots_of(organization);
        match self.table.get(&slots.pk).await? {
            Some(item) if !is_disabled(&item)? => connection_of(organization, &item),
            _ => Ok(None),
        }
    }

    /// Connects an organization to a partner, which then may do no more than `scopes`; `replaced` is
    /// the connection that it had, as it was read. The new one has to be validated anew.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
    pub async fn connect(
        &self,
        organization: &OrganizationId,
        replaced: Option<&Connection>,
        partner: &PartnerId,
        credential: &Credential,
        scopes: &Scopes,
    ) -> anyhow::Result<Change> {
        let (slots, ours) = (slots_of(organization), ConnectionId::random());
        let is_as_seen = if replaced.is_some() {
            "connectionId = :replaced"
        } else {
            "attribute_exists(pk) AND attribute_not_exists(connectionId)"
        };
        // Whoever is about to change scopes as they were read must not change those of another partner.
        let mut set = "SET connectionId = :ours, revision = :ours, partnerId = :partner, \
                       partnerSecret = :secret"
            .to_owned();
        let mut remove =
            " REMOVE nextPartnerSecret, pmsStatus, integratedAt, integratedBy".to_owned();
        // DynamoDB has no empty set.
        if scopes.is_empty() {
            remove.push_str(", partnerScopes");
        } else {
            set.push_str(", partnerScopes = :scopes");
        }
        let mut update = self
            .table
            .update(&slots.pk)
            .update_expression(set + &remove)
            .condition_expression(is_as_seen)
            .expression_attribute_values(":ours", string(ours.as_str()))
            .expression_attribute_values(":partner", string(partner.as_str()))
            .expression_attribute_values(":secret", string(credential.text()));
        if !scopes.is_empty() {
            let names = scopes.names().map(str::to_owned).collect();
            update = update.expression_attribute_values(":scopes", AttributeValue::Ss(names));
        }
        if let Some(replaced) = replaced {
            update = update.expression_attribute_values(":replaced", string(replaced.id.as_str()));
        }
        let write = self.table.write_update(update).await?;
        let Settled::Found(found) = self.table.settle(&slots.pk, write).await? else {
            return Ok(Change::Made);
        };
        let Some(item) = found else { return Ok(Change::Overtaken) };
        match item.some_text("connectionId")? {
            Some(held) if held == ours.as_str() => Ok(Change::Made),
            held if held == replaced.map(|replaced| replaced.id.as_str()) => {
                Err(anyhow::anyhow!("connect an organization").context(Unavailable))
            }
            _ => Ok(Change::Overtaken),
        }
    }

    /// Marks an organization as integrated over this connection, once: only one call is ever told that
    /// the mark is its own.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the write's fate can't be told.
    pub async fn integrate(
        &self,
        organization: &OrganizationId,
        connection: &ConnectionId,
        now: Timestamp,
    ) -> anyhow::Result<Integration> {
        let (pk, ours) = (slots_of(organization).pk, IntegrationId::random());
        let is_connection = "connectionId = :connection";
        let is_unmarked = "attribute_not_exists(integratedBy)";
        let update = self
            .table
            .update(&pk)
            .update_expression(
                "SET pmsStatus = :integrated, integratedAt = :now, integratedBy = :ours",
            )
            .condition_expression(format!("{is_connection} AND {is_unmarked}"))
            .expression_attribute_values(":connection", string(connection.as_str()))
            .expression_attribute_values(":integrated", string(INTEGRATED))
            .expression_attribute_values(":now", instant(now))
            .expression_attribute_values(":ours", string(ours.as_str()));
        let write = self.table.write_update(update).await?;
        let Settled::Found(found) = self.table.settle(&pk, write).await? else {
            return Ok(Integration::Marked);
        };
        let text = |name| found.as_ref().map_or(Ok(None), |item| item.some_text(name));
        let held = text("connectionId")?.map(ConnectionId::stored);
        let marked_by = text("integratedBy")?.map(IntegrationId::stored);
        let held = held.as_ref().map(|held| (held, marked_by.as_ref()));
        match decide::integration(held, connection, &ours) {
            Integration::Unresolved => {
                Err(anyhow::anyhow!("mark an organization as integrated").context(Unavailable))
            }
            decided => Ok(decided),
        }
    }

    /// Gives the organization a second secret, good beside the first; `seen` are those that it has, as
    /// they were read.
    ///
    /// # Errors
    /// As [`Partners::connect`].
    pub async fn announce_organization_secret(
        &self,
        organization: &OrganizationId,
        seen: &Credentials,
        new: &Credential,
    ) -> anyhow::Result<Change> {
        slots_of(organization).announce(&self.table, seen, new).await
    }

    /// Makes the organization's second secret its only one; `seen` are those that it has, as they were
    /// read.
    ///
    /// # Errors
    /// As [`Partners::connect`].
    pub async fn promote_organization_secret(
        &self,
        organization: &OrganizationId,
        seen: &Credentials,
    ) -> anyhow::Result<Change> {
        slots_of(organization).promote(&self.table, seen).await
    }
}

fn slots_of(organization: &OrganizationId) -> Slots {
    let pk = format!("ORG#{organization}");
    Slots { pk, current: "partnerSecret", next: "nextPartnerSecret" }
}

/// The connection in an organization's item.
pub(in crate::store) fn connection_of(
    organization: &OrganizationId,
    item: &Item,
) -> anyhow::Result<Option<Connection>> {
    let Some(id) = item.some_text("connectionId")? else { return Ok(None) };
    let scopes: Result<Scopes, _> =
        item.texts("partnerScopes")?.into_iter().map(Scope::parse).collect();
    Ok(Some(Connection {
        id: ConnectionId::stored(id),
        partner: PartnerId::parse(item.text("partnerId")?)?,
        credentials: slots_of(organization).read(item)?,
        scopes: scopes?,
        integrated_at: item.some_instant("integratedAt")?,
    }))
}
