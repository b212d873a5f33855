//! Organizations and the API keys that lead to them.

use std::num::NonZeroU32;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::OrganizationId;
use domain::limits::{DEFAULT_PASSWORD_ATTEMPTS, DEFAULT_SENDS_PER_DAY, Limit};
use domain::organization::Organization;
use domain::secret::Digest;

use super::item::{Item, count, flag, string};
use super::table::{Table, Write};

/// The table `organizations`.
#[derive(Clone)]
pub struct Organizations {
    table: Table,
}

impl Organizations {
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// Opens the connection to DynamoDB ahead of the first request. Every function reads this table.
    pub async fn prime(&self) {
        self.table.prime().await;
    }

    /// An organization by its id.
    ///
    /// # Errors
    /// DynamoDB is unavailable, or the item is not an organization's.
    pub async fn find(&self, id: &OrganizationId) -> anyhow::Result<Option<Organization>> {
        let item = self.table.get(&organization_key(id)).await?;
        item.as_ref().map(|item| read(id, item)).transpose()
    }

    /// The organization that an API key belongs to.
    ///
    /// # Errors
    /// As [`Organizations::find`].
    pub async fn find_by_api_key(&self, key: &Digest) -> anyhow::Result<Option<Organization>> {
        let Some(pointer) = self.table.get(&api_key_key(key)).await? else { return Ok(None) };
        let id = OrganizationId::parse(pointer.text("organizationId")?)?;
        self.find(&id).await
    }

    /// Writes an organization's settings, new or as they are now, and leaves alone what else its item
    /// holds.
    ///
    /// # Errors
    /// DynamoDB is unavailable.
    pub async fn save(&self, organization: &Organization) -> anyhow::Result<()> {
        let settings = settings(organization);
        let (held, dropped): (Vec<_>, Vec<_>) =
            settings.into_iter().partition(|(_, value)| value.is_some());
        let list = |settings: &[Setting], each: fn(&str) -> String| {
            settings.iter().map(|(name, _)| each(name)).collect::<Vec<_>>().join(", ")
        };
        let held_list = list(&held, |name| format!("#{name} = :{name}"));
        let dropped_list = list(&dropped, |name| format!("#{name}"));
        let remove = if dropped.is_empty() { "" } else { " REMOVE " };
        let mut update = self
            .table
            .update(&organization_key(&organization.id))
            .update_expression(format!("SET {held_list}{remove}{dropped_list}"));
        for (name, value) in held.into_iter().chain(dropped) {
            update = update.expression_attribute_names(format!("#{name}"), name);
            if let Some(value) = value {
                update = update.expression_attribute_values(format!(":{name}"), value);
            }
        }
        match self.table.write_update(update).await? {
            Write::Applied(_) | Write::Lost(_) => Ok(()),
            Write::InDoubt(error) => Err(error),
        }
    }

    /// Lets an API key lead to an organization. The key itself is not stored.
    ///
    /// # Errors
    /// DynamoDB is unavailable.
    pub async fn save_api_key(&self, key: &Digest, id: &OrganizationId) -> anyhow::Result<()> {
        let pointer = Item::new(api_key_key(key)).with("organizationId", string(id.as_str()));
        self.table.put_unconditionally(pointer).await
    }
}

fn organization_key(id: &OrganizationId) -> String {
    format!("ORG#{id}")
}

fn api_key_key(key: &Digest) -> String {
    format!("KEY#{}", key.as_str())
}

/// An attribute and its value, if it has one.
type Setting = (&'static str, Option<AttributeValue>);

fn settings(organization: &Organization) -> [Setting; 9] {
    let text = |value: &Option<String>| value.as_ref().map(string);
    let limit = |limit: Limit| Some(count(limit.map_or(0, NonZeroU32::get)));
    [
        ("name", Some(string(&organization.name))),
        ("partner", Some(flag(organization.partner))),
        ("sendsPerDay", limit(organization.sends_per_day)),
        ("passwordAttempts", limit(organization.password_attempts)),
        ("passwordCookie", Some(flag(organization.password_cookie))),
        ("domain", text(&organization.domain)),
        ("locale", text(&organization.locale)),
        ("senderAddress", text(&organization.sender_address)),
        ("smsSender", text(&organization.sms_sender)),
    ]
}

fn read(id: &OrganizationId, item: &Item) -> anyhow::Result<Organization> {
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
