//! Organizations, and the API keys that lead to them.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use domain::id::OrganizationId;
use domain::limits::{DEFAULT_PASSWORD_ATTEMPTS, DEFAULT_SENDS_PER_DAY, Limit};
use domain::organization::Organization;
use domain::secret::Digest;

use domain::locale::Locale;
use domain::sender::{SenderAddress, SmsSender, WebDomain};
use runtime::aws::Aws;
use runtime::resources::TableName;

use crate::item::{Item, count, flag, is_disabled, string};
use crate::table::Table;

/// The organizations, in the table `organizations`.
#[derive(Clone)]
pub struct Organizations {
    table: Table,
}

impl Organizations {
    pub fn new(aws: &Aws) -> anyhow::Result<Self> {
        let table = Table::new(aws, TableName::Organizations)?;
        table.connect_ahead(aws);
        Ok(Self { table })
    }

    /// An organization by its id; `None` also if it is disabled. Eventually consistent.
    pub async fn find(&self, id: &OrganizationId) -> anyhow::Result<Option<Organization>> {
        let item = self.item(id).await?;
        item.as_ref().map(|item| read(id, item)).transpose()
    }

    /// The organization of an API key: the key's pointer leads to it, and its item lists the key.
    /// Eventually consistent.
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

/// The prefix of the keys of organizations.
pub const PREFIX: &str = "ORG#";

pub fn organization_key(id: &OrganizationId) -> String {
    format!("{PREFIX}{id}")
}

pub fn api_key_key(key: &Digest) -> String {
    format!("KEY#{}", key.as_str())
}

pub fn api_keys(item: &Item) -> anyhow::Result<BTreeSet<Digest>> {
    Ok(item.texts("apiKeys")?.into_iter().map(Digest::stored).collect())
}

pub fn settings(organization: &Organization) -> Item {
    let limit = |limit: Limit| count(limit.map_or(0, NonZeroU32::get));
    Item::default()
        .with("name", string(&organization.name))
        .with("portalEnabled", flag(organization.portal_enabled))
        .with("sendsPerDay", limit(organization.sends_per_day))
        .with("passwordAttempts", limit(organization.password_attempts))
        .with("passwordCookie", flag(organization.password_cookie))
        .with_some("domain", organization.domain.as_ref().map(|it| string(it.as_str())))
        .with_some("locale", organization.locale.as_ref().map(|it| string(it.as_str())))
        .with_some(
            "senderAddress",
            organization.sender_address.as_ref().map(|it| string(it.as_str())),
        )
        .with_some("smsSender", organization.sms_sender.as_ref().map(|it| string(it.as_str())))
}

pub fn read(id: &OrganizationId, item: &Item) -> anyhow::Result<Organization> {
    Ok(Organization {
        id: id.clone(),
        name: item.text("name")?.to_owned(),
        portal_enabled: item.flag("portalEnabled")?,
        domain: item.some_text("domain")?.map(WebDomain::parse).transpose()?,
        locale: item.some_text("locale")?.map(Locale::parse).transpose()?,
        sender_address: item.some_text("senderAddress")?.map(SenderAddress::parse).transpose()?,
        sms_sender: item.some_text("smsSender")?.map(SmsSender::parse).transpose()?,
        sends_per_day: limit(item.some_number("sendsPerDay")?, DEFAULT_SENDS_PER_DAY),
        password_attempts: limit(item.some_number("passwordAttempts")?, DEFAULT_PASSWORD_ATTEMPTS),
        password_cookie: item.flag("passwordCookie")?,
        valid_after: item.some_instant("validAfter")?,
    })
}

/// 0 means no limit; without a stored number, the default applies.
fn limit(stored: Option<i64>, default: u32) -> Limit {
    let number = stored.map_or(default, |number| u32::try_from(number).unwrap_or(default));
    NonZeroU32::new(number)
}
