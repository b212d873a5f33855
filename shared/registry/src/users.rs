//! Users as operators find them, list them and end their sessions. Creating and updating one is in
//! `user_creation.rs` and `user_update.rs`.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use domain::id::{OrganizationId, UserId};
use domain::identifier::{Email, Identifier, Identity, Phone, Username};
use domain::key::KeyBytes;
use domain::time::Timestamp;
use domain::user::User;
use runtime::aws::Aws;
use runtime::key_rings::KeyRings;
use runtime::outage::Unavailable;
use runtime::resources::{KeyRingName, TableName};
use store::item::instant;
use store::table::{Settled, Table};
use store::user_item::{Stored, user_key, user_keys};

use crate::codes::Codes;
use crate::scan::{Cursor, Filter, Page, scan};

/// How far ahead a sign-out reaches. Its write may take [`SIGN_OUT_ATTEMPT`]; the rest is for clocks
/// that disagree.
const SIGN_OUT_REACH: Duration = Duration::from_secs(5);

/// How long one attempt at a sign-out may take, the SDK's own retries included: a write that lands
/// later might reach back too far.
const SIGN_OUT_ATTEMPT: Duration = Duration::from_secs(2);

/// How often a sign-out is tried.
const SIGN_OUT_ATTEMPTS: usize = 3;

/// The users, with what leads to them.
pub struct Users {
    pub(crate) table: Table,
    pub(crate) codes: Codes,
    stored: store::Users,
    identifier_keys: KeyRings,
}

impl Users {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        Ok(Self {
            table: Table::new(aws, TableName::Users)?,
            codes: Codes::new(aws)?,
            stored: store::Users::new(aws)?,
            identifier_keys: KeyRings::new(aws, KeyRingName::Identifier)?,
        })
    }

    /// A user as of now, as an update wants to have it.
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

    /// Every user whom a text may mean: by id, address, number or user name.
    pub async fn meant_by(
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

    /// The user that an identity leads to, as at a sign-in.
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

    /// The name under which an identifier is stored.
    pub async fn identity(
        &self,
        organization: &OrganizationId,
        identifier: &Identifier,
        now: Timestamp,
    ) -> anyhow::Result<Identity> {
        Ok(Identity::of(&self.key(now).await?, organization, identifier))
    }

    pub(crate) async fn key(&self, now: Timestamp) -> anyhow::Result<KeyBytes> {
        let keys = self.identifier_keys.current(now).await.context("the identifier key ring")?;
        Ok(keys.current.bytes.clone())
    }

    /// Ends every session and token of a user, also those that are being created beside this call:
    /// everything up to the instant that it returns, a few seconds ahead.
    pub async fn sign_out(
        &self,
        organization: &OrganizationId,
        id: &UserId,
        clock: impl Fn() -> Timestamp + Send,
    ) -> anyhow::Result<Timestamp> {
        let mut error = anyhow!("sign a user out").context(Unavailable);
        for _ in 0..SIGN_OUT_ATTEMPTS {
            let bound = clock().plus(SIGN_OUT_REACH);
            let attempt = self.end_sessions(organization, id, bound);
            match tokio::time::timeout(SIGN_OUT_ATTEMPT, attempt).await {
                Ok(Ok(())) => return Ok(bound),
                Ok(Err(failed)) => error = failed,
                Err(_) => {}
            }
        }
        Err(error)
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
        let Some(item) = found else { bail!("there is no user {id} to sign out") };
        let valid_after = item.some_instant("sessionsValidAfter")?;
        if valid_after.is_some_and(|valid_after| valid_after >= bound) {
            return Ok(());
        }
        Err(anyhow!("end sessions").context(Unavailable))
    }
}
