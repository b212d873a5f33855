//! Organizations, and the API keys that lead to them.

use std::collections::BTreeSet;

use domain::id::OrganizationId;
use domain::limits::{
    DEFAULT_SMS_PER_DAY, PASSWORD_ATTEMPTS, SANDBOX_SENDS_PER_DAY, SENDS_PER_DAY, SOURCE_LIMIT,
};
use domain::organization::{Organization, Sandbox};
use domain::secret::Digest;

use domain::locale::Locale;
use domain::sender::{SenderAddress, SmsSender, WebDomain};
use runtime::aws::Aws;
use runtime::resources::TableName;

use crate::item::{Item, count, flag, instant, is_disabled, string};
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

    /// An organization by its id; `None` also if it is disabled. Strongly consistent, because the value is
    /// cached: how long a fence takes must not depend on how far a read lags behind.
    pub async fn find(&self, id: &OrganizationId) -> anyhow::Result<Option<Organization>> {
        let item = self.item(id).await?;
        item.as_ref().map(|item| read(id, item)).transpose()
    }

    /// The organization of an API key: the key's pointer leads to it, and its item lists the key. The
    /// item is read strongly, as by `find`.
    pub async fn find_by_api_key(&self, key: &Digest) -> anyhow::Result<Option<Organization>> {
        let Some(pointer) = self.table.get(&api_key_key(key)).await? else { return Ok(None) };
        self.find_as(&OrganizationId::parse(pointer.text("organizationId")?)?, key).await
    }

    /// The organization with this id, if its item lists the API key. In one round trip, strongly
    /// consistent.
    pub async fn find_as(
        &self,
        id: &OrganizationId,
        key: &Digest,
    ) -> anyhow::Result<Option<Organization>> {
        let Some(item) = self.item(id).await? else { return Ok(None) };
        if api_keys(&item)?.contains(key) { read(id, &item).map(Some) } else { Ok(None) }
    }

    async fn item(&self, id: &OrganizationId) -> anyhow::Result<Option<Item>> {
        match self.table.get_strong(&organization_key(id)).await? {
            Some(item) if !is_disabled(&item)? => Ok(Some(item)),
            _ => Ok(None),
        }
    }
}

/// The attribute with the fence of an organization, or of the identity provider's realm.
pub const VALID_AFTER: &str = "validAfter";

/// The prefix of the keys of organizations.
pub const PREFIX: &str = "ORG#";

pub fn organization_key(id: &OrganizationId) -> String {
    format!("{PREFIX}{id}")
}

/// The prefix of the keys of API keys.
pub const API_KEYS: &str = "KEY#";

pub fn api_key_key(key: &Digest) -> String {
    format!("{API_KEYS}{}", key.as_str())
}

pub fn api_keys(item: &Item) -> anyhow::Result<BTreeSet<Digest>> {
    Ok(item.texts("apiKeys")?.into_iter().map(Digest::stored).collect())
}

/// The mark of a sandbox. It is no setting: only a new item gets it.
pub fn mark(organization: &Organization) -> Item {
    let sandbox = organization.sandbox;
    Item::default()
        .with_some("sandbox", sandbox.map(|_| flag(true)))
        .with_some("sandboxEndsAt", sandbox.and_then(|sandbox| sandbox.ends_at).map(instant))
}

pub fn settings(organization: &Organization) -> Item {
    Item::default()
        .with("name", string(&organization.name))
        .with("portalEnabled", flag(organization.portal_enabled))
        .with("sendsPerDay", count(organization.sends_per_day.get()))
        .with("passwordAttempts", count(organization.password_attempts.get()))
        .with_some("sourceLimit", organization.source_limit.map(|limit| count(limit.get())))
        .with("smsPerDay", count(organization.sms_per_day))
        .with("passwordCookie", flag(organization.password_cookie))
        .with_some("domain", organization.domain.as_ref().map(|it| string(it.as_str())))
        .with_some("locale", organization.locale.as_ref().map(|it| string(it.as_str())))
        .with_some(
            "senderAddress",
            organization.sender_address.as_ref().map(|it| string(it.as_str())),
        )
        .with_some("smsSender", organization.sms_sender.as_ref().map(|it| string(it.as_str())))
}

pub fn sandbox(item: &Item) -> anyhow::Result<Option<Sandbox>> {
    let ends_at = item.some_instant("sandboxEndsAt")?;
    Ok(item.flag("sandbox")?.then_some(Sandbox { ends_at }))
}

pub fn read(id: &OrganizationId, item: &Item) -> anyhow::Result<Organization> {
    let sandbox = sandbox(item)?;
    let sends_per_day = match sandbox {
        Some(_) => SANDBOX_SENDS_PER_DAY.default(),
        None => SENDS_PER_DAY.stored(item.some_number("sendsPerDay")?),
    };
    let source_limit = item.some_number("sourceLimit")?;
    let sms_per_day = item.some_number("smsPerDay")?;
    Ok(Organization {
        id: id.clone(),
        name: item.text("name")?.to_owned(),
        portal_enabled: item.flag("portalEnabled")?,
        domain: item.some_text("domain")?.map(WebDomain::parse).transpose()?,
        locale: item.some_text("locale")?.map(Locale::parse).transpose()?,
        sender_address: item.some_text("senderAddress")?.map(SenderAddress::parse).transpose()?,
        sms_sender: item.some_text("smsSender")?.map(SmsSender::parse).transpose()?,
        sends_per_day,
        password_attempts: PASSWORD_ATTEMPTS.stored(item.some_number("passwordAttempts")?),
        source_limit: source_limit.map(|number| SOURCE_LIMIT.stored(Some(number))),
        sms_per_day: sms_per_day.and_then(|it| it.try_into().ok()).unwrap_or(DEFAULT_SMS_PER_DAY),
        password_cookie: item.flag("passwordCookie")?,
        valid_after: item.some_instant(VALID_AFTER)?,
        sandbox,
    })
}
