//! Organizations and the API keys that lead to them.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use domain::id::OrganizationId;
use domain::limits::{DEFAULT_PASSWORD_ATTEMPTS, DEFAULT_SENDS_PER_DAY, Limit};
use domain::organization::Organization;
use domain::secret::Digest;

use super::item::{Item, count, flag, string};
use super::table::Table;

/// The table `organizations`.
#[derive(Clone)]
pub struct Organizations {
    pub(super) table: Table,
}

impl Organizations {
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// Opens the connection to DynamoDB ahead of the first request. Nearly every function reads this table.
    pub async fn prime(&self) {
        self.table.prime().await;
    }

    /// An organization by its id. One that is disabled is none.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the item is not an organization's.
    pub async fn find(&self, id: &OrganizationId) -> anyhow::Result<Option<Organization>> {
        let item = self.item(id).await?;
        item.as_ref().map(|item| read(id, item)).transpose()
    }

    /// The organization that an API key belongs to: the key's pointer leads to it, and it lists the key.
    ///
    /// # Errors
    /// As [`Organizations::find`].
    pub async fn find_by_api_key(&self, key: &Digest) -> anyhow::Result<Option<Organization>> {
        let Some(pointer) = self.table.get(&api_key_key(key)).await? else { return Ok(None) };
        let id = OrganizationId::parse(pointer.text("organizationId")?)?;
        let Some(item) = self.item(&id).await? else { return Ok(None) };
        if api_keys(&item)?.contains(key) { read(&id, &item).map(Some) } else { Ok(None) }
    }

    async fn item(&self, id: &OrganizationId) -> anyhow::Result<Option<Item>> {
        match self.table.get(&organization_key(id)).await? {
            Some(item) if !is_disabled(&item)? => Ok(Some(item)),
            _ => Ok(None),
        }
    }
}

const ORGANIZATION: &str = "ORG#";

pub(super) fn organization_key(id: &OrganizationId) -> String {
    format!("{ORGANIZATION}{id}")
}

/// What the keys of organizations start with.
pub(super) const fn organization_keys() -> &'static str {
    ORGANIZATION
}

pub(super) fn api_key_key(key: &Digest) -> String {
    format!("KEY#{}", key.as_str())
}

pub(super) fn is_disabled(item: &Item) -> anyhow::Result<bool> {
    item.flag("disabled")
}

pub(super) fn api_keys(item: &Item) -> anyhow::Result<BTreeSet<Digest>> {
    Ok(item.texts("apiKeys")?.into_iter().map(Digest::stored).collect())
}

pub(super) fn settings(organization: &Organization) -> Item {
    let text = |value: &Option<String>| value.as_ref().map(string);
    let limit = |limit: Limit| count(limit.map_or(0, NonZeroU32::get));
    Item::default()
        .with("name", string(&organization.name))
        .with("partner", flag(organization.partner))
        .with("sendsPerDay", limit(organization.sends_per_day))
        .with("passwordAttempts", limit(organization.password_attempts))
        .with("passwordCookie", flag(organization.password_cookie))
        .with_some("domain", text(&organization.domain))
        .with_some("locale", text(&organization.locale))
        .with_some("senderAddress", text(&organization.sender_address))
        .with_some("smsSender", text(&organization.sms_sender))
}

pub(super) fn read(id: &OrganizationId, item: &Item) -> anyhow::Result<Organization> {
    let text = |name| item.some_text(name).map(|text| text.map(str::to_owned));
    Ok(Organization {
        id: id.clone(),
        name: item.text("name")?.to_owned(),
        partner: item.flag("partner")?,
        domain: text("domain")?,
        locale: text("locale")?,
        sender_address: text("senderAddress")?,
        sms_sender: text("smsSender")?,
        sends_per_day: limit(item.some_number("sendsPerDay")?, DEFAULT_SENDS_PER_DAY),
        password_attempts: limit(item.some_number("passwordAttempts")?, DEFAULT_PASSWORD_ATTEMPTS),
        password_cookie: item.flag("passwordCookie")?,
    })
}

/// 0 stands for no limit, absence for the default.
fn limit(stored: Option<i64>, default: u32) -> Limit {
    let number = stored.map_or(default, |number| u32::try_from(number).unwrap_or(default));
    NonZeroU32::new(number)
}
