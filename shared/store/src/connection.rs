//! The connection of an organization to its partner, which is stored in the organization's item.

use domain::decide::{self, Integration};
use domain::id::{ConnectionId, IntegrationId, OrganizationId, PartnerId};
use domain::partner::Connection;
use domain::scope::{Scope, Scopes};
use domain::time::Timestamp;
use runtime::aws::Aws;
use runtime::resources::TableName;

use crate::credential_slots::Slots;
use crate::item::{Item, instant, is_disabled, string};
use crate::organization::{VALID_AFTER, organization_key, sandbox};
use crate::table::{Settled, Table, unresolved};

/// The attribute `pmsStatus` of an organization whose integration was validated.
const INTEGRATED: &str = "INTEGRATED";

/// The connections, in the table `organizations`.
#[derive(Clone)]
pub struct Connections {
    table: Table,
}

impl Connections {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Organizations)? })
    }

    /// The connection of an organization that is not disabled, and no sandbox that is over. Eventually
    /// consistent.
    pub async fn find(
        &self,
        organization: &OrganizationId,
        now: Timestamp,
    ) -> anyhow::Result<Option<Connection>> {
        let slots = slots_of(organization);
        let Some(item) = self.table.get(&slots.pk).await? else { return Ok(None) };
        if is_disabled(&item)? || sandbox(&item)?.is_some_and(|sandbox| sandbox.has_ended(now)) {
            return Ok(None);
        }
        connection_of(organization, &item)
    }

    /// Marks an organization as integrated over this connection. Exactly one call gets `Marked`.
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
        let stored = text("connectionId")?.map(ConnectionId::stored);
        let marked_by = text("integratedBy")?.map(IntegrationId::stored);
        let found = stored.as_ref().map(|stored| (stored, marked_by.as_ref()));
        let integration = decide::integration(found, connection, &ours);
        integration.map_err(unresolved("mark an organization as integrated"))
    }
}

pub fn slots_of(organization: &OrganizationId) -> Slots {
    let pk = organization_key(organization);
    Slots { pk, current: "partnerSecret", next: "nextPartnerSecret" }
}

/// The connection in an organization's item.
pub fn connection_of(
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
        valid_after: item.some_instant(VALID_AFTER)?,
    }))
}
