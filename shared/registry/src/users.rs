//! Users of organizations: operators find them, list them and end their sessions. `user_creation.rs`
//! and `user_update.rs` create and update them.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{anyhow, bail};
use domain::id::{OrganizationId, UserId};
use domain::identifier::{Email, Identifier, Identity, Phone, Username};
use domain::key::KeyBytes;
use domain::time::Timestamp;
use domain::user::User;
use runtime::aws::Aws;
use runtime::outage::Unavailable;
use runtime::resources::TableName;
use store::item::instant;
use store::table::{Settled, Table};
use store::user_item::{Stored, user_key, user_keys};

use crate::codes::Codes;
use crate::fence::in_time;
use crate::identifier_ring::IdentifierRing;
use crate::scan::{Cursor, Filter, Page, scan};

/// How far into the future a sign-out applies. Its write may take two seconds; the rest is for clocks
/// that differ.
const SIGN_OUT_MARGIN: Duration = Duration::from_secs(5);

/// The users, and the pointers that lead to them.
pub struct Users {
    pub(crate) table: Table,
    pub(crate) codes: Codes,
    stored: store::Users,
    identifier_ring: IdentifierRing,
}

impl Users {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self {
            table: Table::new(aws, TableName::Users)?,
            codes: Codes::new(aws)?,
            stored: store::Users::new(aws)?,
            identifier_ring: IdentifierRing::new(aws)?,
        })
    }

    /// A user by id, as an update needs it. Strongly consistent.
    pub async fn find(
        &self,
        organization: &OrganizationId,
        id: &UserId,
    ) -> anyhow::Result<Option<Stored>> {
        let item = self.table.get_strong(&user_key(organization, id)).await?;
        Ok(item.map(|item| Stored::of(organization, id, &item)).transpose()?.flatten())
    }

    /// A page of an organization's users.
    pub async fn page(
        &self,
        organization: &OrganizationId,
        from: Option<Cursor>,
    ) -> anyhow::Result<Page<User>> {
        let prefix = user_keys(organization);
        let page = scan(&self.table, &prefix, Filter { from, ..Filter::default() }).await?;
        let page = page.try_map(|item| {
            let id = item.text("pk")?.strip_prefix(&prefix).unwrap_or_default();
            let stored = Stored::of(organization, &UserId::parse(id)?, item)?;
            anyhow::Ok(stored.map(|stored| stored.user))
        })?;
        Ok(Page { items: page.items.into_iter().flatten().collect(), next: page.next })
    }

    /// Every user who has this text as id, email address, phone number or user name.
    pub async fn matching(
        &self,
        organization: &OrganizationId,
        text: &str,
        now: Timestamp,
    ) -> anyhow::Result<Vec<Stored>> {
        let mut found = BTreeMap::new();
        if let Ok(id) = UserId::parse(text) {
            found.extend(self.find(organization, &id).await?.map(|stored| (id, stored)));
        }
        let identifiers = [
            Email::parse(text).ok().map(Identifier::Email),
            Phone::parse(text).ok().map(Identifier::Phone),
            Username::parse(text).ok().map(Identifier::Username),
        ];
        for identifier in identifiers.into_iter().flatten() {
            let identity = self.identity(organization, &identifier, now).await?;
            let owner = self.owner(organization, &identity).await?;
            found.extend(owner.map(|stored| (stored.user.id.clone(), stored)));
        }
        Ok(found.into_values().collect())
    }

    /// The user who owns an identity.
    pub async fn owner(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
    ) -> anyhow::Result<Option<Stored>> {
        let Some(id) = self.identified(organization, identity).await? else { return Ok(None) };
        let stored = self.find(organization, &id).await?;
        Ok(stored.filter(|stored| stored.owns(identity)))
    }

    pub(crate) async fn identified(
        &self,
        organization: &OrganizationId,
        identity: &Identity,
    ) -> anyhow::Result<Option<UserId>> {
        self.stored.identified(organization, identity).await
    }

    /// The identity of an identifier.
    pub async fn identity(
        &self,
        organization: &OrganizationId,
        identifier: &Identifier,
        now: Timestamp,
    ) -> anyhow::Result<Identity> {
        Ok(Identity::of(&self.key(now).await?, organization, identifier))
    }

    pub(crate) async fn key(&self, now: Timestamp) -> anyhow::Result<KeyBytes> {
        self.identifier_ring.key(now).await
    }

    /// Ends every session and token of a user that is created at or before the returned instant. It is
    /// a few seconds ahead, so that sessions from concurrent sign-ins end, too.
    pub async fn sign_out(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        clock: impl Fn() -> Timestamp + Send,
    ) -> anyhow::Result<Timestamp> {
        in_time("sign a user out", SIGN_OUT_MARGIN, clock, async |bound| {
            self.end_sessions(organization, id, bound).await.map(|()| bound)
        })
        .await
    }

    /// Ends every session and token that was created at or before `bound`. The bound never moves back.
    pub async fn end_sessions(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        bound: Timestamp,
    ) -> anyhow::Result<()> {
        let is_user = "attribute_exists(pk)";
        let moves_forward =
            "(attribute_not_exists(sessionsValidAfter) OR sessionsValidAfter < :bound)";
        let pk = user_key(organization, id);
        let update = self
            .table
            .update(&pk)
            .update_expression("SET sessionsValidAfter = :bound")
            .condition_expression(format!("{is_user} AND {moves_forward}"))
            .expression_attribute_values(":bound", instant(bound));
        let write = self.table.write_update(update).await?;
        let Settled::Found(found) = self.table.settle(&pk, write).await? else { return Ok(()) };
        let Some(item) = found else { bail!("user {id} not found") };
        let valid_after = item.some_instant("sessionsValidAfter")?;
        if valid_after.is_some_and(|valid_after| valid_after >= bound) {
            return Ok(());
        }
        Err(anyhow!("end sessions").context(Unavailable))
    }
}
