//! Connections of organizations to partners: operators create and change them.

use anyhow::anyhow;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::credential::{Credential, Credentials};
use domain::id::{ConnectionId, OrganizationId, PartnerId};
use domain::partner::Connection;
use domain::scope::Scopes;
use runtime::aws::Aws;
use runtime::outage::Unavailable;
use runtime::resources::TableName;
use store::connection::slots_of;
use store::item::{is_erased, string};
use store::table::{Settled, Table};

use crate::credential_slots::{Change, announce, promote};

/// The connections.
#[derive(Clone)]
pub struct Connections {
    table: Table,
}

impl Connections {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self { table: Table::new(aws, TableName::Organizations)? })
    }

    /// Connects an organization to a partner, and grants the partner `scopes`. `replaced` is the
    /// connection before, as it was read. The partner has to validate the new connection.
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
            // Tombstones have no settings.
            "attribute_exists(portalEnabled) AND attribute_not_exists(connectionId)"
        };
        // Because of the new revision, an update of scopes that read the old connection fails.
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
        let Some(item) = found else { return Ok(Change::Conflict) };
        if is_erased(&item)? {
            return Ok(Change::Conflict);
        }
        match item.some_text("connectionId")? {
            Some(found) if found == ours.as_str() => Ok(Change::Made),
            found if found == replaced.map(|replaced| replaced.id.as_str()) => {
                Err(anyhow!("connect an organization").context(Unavailable))
            }
            Some(_) | None => Ok(Change::Conflict),
        }
    }

    /// Ends a connection, as it was read: its secrets, scopes and mark are removed. The partner's tokens
    /// for the organization are refused on the next call.
    pub async fn disconnect(
        &self,
        organization: &OrganizationId,
        seen: &Connection,
    ) -> anyhow::Result<Change> {
        let (slots, ours) = (slots_of(organization), ConnectionId::random());
        let is_as_seen = "connectionId = :seen";
        // Because of the new revision, an update of scopes that read the connection fails.
        let update = self
            .table
            .update(&slots.pk)
            .update_expression(
                "SET revision = :ours REMOVE connectionId, partnerId, partnerSecret, \
                 nextPartnerSecret, partnerScopes, pmsStatus, integratedAt, integratedBy",
            )
            .condition_expression(is_as_seen)
            .expression_attribute_values(":ours", string(ours.as_str()))
            .expression_attribute_values(":seen", string(seen.id.as_str()));
        let write = self.table.write_update(update).await?;
        let Settled::Found(Some(item)) = self.table.settle(&slots.pk, write).await? else {
            return Ok(Change::Made);
        };
        match item.some_text("connectionId")? {
            // No id comes back: this call ended the connection, or another operator did.
            None => Ok(Change::Made),
            Some(found) if found == seen.id.as_str() => {
                Err(anyhow!("disconnect an organization").context(Unavailable))
            }
            Some(_) => Ok(Change::Conflict),
        }
    }

    /// Adds a second secret, which is accepted beside the first. `seen` are the secrets as they were
    /// read.
    pub async fn announce_secret(
        &self,
        organization: &OrganizationId,
        seen: &Credentials,
        new: &Credential,
    ) -> anyhow::Result<Change> {
        announce(&slots_of(organization), &self.table, seen, new).await
    }

    /// Makes the second secret the only one. `seen` are the secrets as they were read.
    pub async fn promote_secret(
        &self,
        organization: &OrganizationId,
        seen: &Credentials,
    ) -> anyhow::Result<Change> {
        promote(&slots_of(organization), &self.table, seen).await
    }
}
