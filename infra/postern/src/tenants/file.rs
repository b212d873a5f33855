//! The file of `postern apply`, `diff` and `export`. What it leaves out has its default; it has no secret.

use std::collections::BTreeSet;

use domain::id::{ClientId, OrganizationId, PartnerId};
use domain::limits::{
    Bounds, DEFAULT_SMS_PER_DAY, HIGHEST_SMS_PER_DAY, Limit, PASSWORD_ATTEMPTS, SENDS_PER_DAY,
    SOURCE_LIMIT,
};
use domain::locale::Locale;
use domain::organization::{Organization as Settings, Sandbox as Until};
use domain::scope::Scope;
use domain::sender::{SenderAddress, SmsSender, WebDomain};
use domain::sso::UserInfoForm;
use domain::time::Timestamp;
use registry::{Registered, RegisteredClient, RegisteredPartner};
use serde::{Deserialize, Deserializer, Serialize};

use super::text::{Text, number};

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Tenants {
    pub(super) partners: Vec<Partner>,
    pub(super) clients: Vec<Client>,
    pub(super) organizations: Vec<Organization>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Partner {
    pub(super) id: Text<PartnerId>,
    pub(super) name: Text<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) disabled: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Client {
    pub(super) id: Text<ClientId>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) disabled: bool,
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub(super) reads_user_info: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) user_info: Option<Text<UserInfoForm>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Organization {
    pub(super) id: Text<OrganizationId>,
    pub(super) name: Text<String>,
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    portal_enabled: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) disabled: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sandbox: Option<Sandbox>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    domain: Option<Text<WebDomain>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    locale: Option<Text<Locale>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sender_address: Option<Text<SenderAddress>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sms_sender: Option<Text<SmsSender>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "sends_per_day")]
    sends_per_day: Option<Limit>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "password_attempts"
    )]
    password_attempts: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "source_limit")]
    source_limit: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "sms_per_day")]
    sms_per_day: Option<u32>,
    #[serde(default, skip_serializing_if = "is_false")]
    password_cookie: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) connection: Option<Connection>,
}

/// What makes an organization a sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Sandbox {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ends_at: Option<Text<Timestamp>>,
}

/// A connection without its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Connection {
    pub(super) partner: Text<PartnerId>,
    /// No scope is granted that isn't named.
    pub(super) scopes: BTreeSet<Text<Scope>>,
}

impl Tenants {
    /// Reads a file. The error has line and column.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // An empty file names nothing.
        let read: Option<Self> =
            serde_yaml_ng::from_str(text).map_err(|error| error.to_string())?;
        let read = read.unwrap_or_default();
        unique("partner", read.partners.iter().map(|it| it.id.0.as_str()))?;
        unique("client", read.clients.iter().map(|it| it.id.0.as_str()))?;
        unique("organization", read.organizations.iter().map(|it| it.id.0.as_str()))?;
        for it in &read.organizations {
            if it.sandbox.is_some() && it.sends_per_day.is_some() {
                return Err(format!(
                    "organization {} is a sandbox: its sends per day are fixed",
                    it.id.0
                ));
            }
        }
        Ok(read)
    }
}

fn unique<'n>(kind: &str, ids: impl Iterator<Item = &'n str>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    ids.into_iter()
        .find(|id| !seen.insert(*id))
        .map_or(Ok(()), |id| Err(format!("{kind} {id} stands twice in the file")))
}

impl From<&RegisteredPartner> for Partner {
    fn from(RegisteredPartner { partner, disabled }: &RegisteredPartner) -> Self {
        Self { id: Text(partner.id.clone()), name: Text(partner.name.clone()), disabled: *disabled }
    }
}

impl From<&RegisteredClient> for Client {
    fn from(RegisteredClient { client, disabled }: &RegisteredClient) -> Self {
        let form = client.user_info;
        Self {
            id: Text(client.id.clone()),
            disabled: *disabled,
            reads_user_info: client.reads_user_info,
            user_info: (form != UserInfoForm::default()).then_some(Text(form)),
        }
    }
}

impl From<&Registered> for Organization {
    fn from(registered: &Registered) -> Self {
        let Registered { organization, disabled, connection, .. } = registered;
        let it = organization.clone();
        let default = Settings::new(it.id.clone(), it.name.clone());
        let own = |limit: Limit, default: Limit| (limit != default).then_some(limit);
        let sends_per_day = own(it.sends_per_day, default.sends_per_day);
        Self {
            id: Text(it.id),
            name: Text(it.name),
            portal_enabled: it.portal_enabled,
            disabled: *disabled,
            domain: it.domain.map(Text),
            locale: it.locale.map(Text),
            sender_address: it.sender_address.map(Text),
            sms_sender: it.sms_sender.map(Text),
            sends_per_day: sends_per_day.filter(|_| it.sandbox.is_none()),
            password_attempts: own(it.password_attempts, default.password_attempts),
            source_limit: it.source_limit,
            sms_per_day: Some(it.sms_per_day).filter(|count| *count != DEFAULT_SMS_PER_DAY),
            password_cookie: it.password_cookie,
            sandbox: it.sandbox.map(|until| Sandbox { ends_at: until.ends_at.map(Text) }),
            connection: connection.as_ref().map(|connection| {
                let scopes = connection.scopes.names().filter_map(|name| Scope::parse(name).ok());
                Connection {
                    partner: Text(connection.partner.clone()),
                    scopes: scopes.map(Text).collect(),
                }
            }),
        }
    }
}

impl Organization {
    /// The same, as it compares with one that may leave defaults out.
    pub(super) fn canonical(&self) -> Self {
        let registered = Registered {
            organization: self.settings(),
            disabled: self.disabled,
            deleting: false,
            api_keys: BTreeSet::new(),
            connection: None,
        };
        Self { connection: self.connection.clone(), ..Self::from(&registered) }
    }

    /// A new organization with these settings.
    pub(super) fn settings(&self) -> Settings {
        let (id, name) = (self.id.0.clone(), self.name.0.clone());
        let mut settings = match &self.sandbox {
            Some(Sandbox { ends_at }) => {
                Settings::sandbox(id, name, Until { ends_at: ends_at.as_ref().map(|it| it.0) })
            }
            None => Settings::new(id, name),
        };
        settings.portal_enabled = self.portal_enabled;
        settings.domain = self.domain.clone().map(|it| it.0);
        settings.locale = self.locale.clone().map(|it| it.0);
        settings.sender_address = self.sender_address.clone().map(|it| it.0);
        settings.sms_sender = self.sms_sender.clone().map(|it| it.0);
        settings.sends_per_day = self.sends_per_day.unwrap_or(settings.sends_per_day);
        settings.password_attempts = self.password_attempts.unwrap_or(settings.password_attempts);
        settings.source_limit = self.source_limit;
        settings.sms_per_day = self.sms_per_day.unwrap_or(settings.sms_per_day);
        settings.password_cookie = self.password_cookie;
        settings
    }
}

impl Client {
    pub(super) fn form(&self) -> UserInfoForm {
        self.user_info.as_ref().map(|it| it.0).unwrap_or_default()
    }
}

fn limit<'de, D: Deserializer<'de>>(from: D, of: Bounds) -> Result<Option<Limit>, D::Error> {
    Ok(number(from, 1..=of.highest().get())?.and_then(Limit::new))
}

fn sends_per_day<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Limit>, D::Error> {
    limit(from, SENDS_PER_DAY)
}

fn password_attempts<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Limit>, D::Error> {
    limit(from, PASSWORD_ATTEMPTS)
}

fn source_limit<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Limit>, D::Error> {
    limit(from, SOURCE_LIMIT)
}

fn sms_per_day<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    number(from, 0..=HIGHEST_SMS_PER_DAY)
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_true(it: &bool) -> bool {
    *it
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(it: &bool) -> bool {
    !*it
}
