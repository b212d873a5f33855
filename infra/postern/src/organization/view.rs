//! The record of an organization.

use domain::id::OrganizationId;
use domain::limits::Limit;
use domain::locale::Locale;
use domain::organization::Sandbox;
use domain::partner::Connection;
use domain::scope::Scopes;
use domain::sender::{SenderAddress, SmsSender, WebDomain};
use registry::Registered;
use serde::Serialize;

use crate::output::{Record, some, yes_no};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    id: OrganizationId,
    name: String,
    portal_enabled: bool,
    disabled: bool,
    /// Set once `organization delete` has begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    deleting: Option<bool>,
    /// Set if every code is `000000`, and nothing is sent.
    sandbox: Option<SandboxView>,
    domain: Option<String>,
    locale: Option<String>,
    sender_address: Option<String>,
    sms_sender: Option<String>,
    sends_per_day: Limit,
    password_attempts: Limit,
    /// `None`: sends and wrong codes are not counted by source.
    source_limit: Option<Limit>,
    sms_per_day: u32,
    password_cookie: bool,
    api_keys: usize,
    valid_after: Option<String>,
    connection: Option<ConnectionView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SandboxView {
    /// `None` for a sandbox without an end.
    ends_at: Option<String>,
}

impl From<Sandbox> for SandboxView {
    fn from(sandbox: Sandbox) -> Self {
        Self { ends_at: sandbox.ends_at.map(|at| at.to_string()) }
    }
}

/// The connection to a partner, without secrets.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConnectionView {
    partner_id: String,
    scopes: Scopes,
    has_secret: bool,
    has_second_secret: bool,
    integrated_at: Option<String>,
}

impl From<&Registered> for View {
    fn from(registered: &Registered) -> Self {
        let Registered { organization, disabled, deleting, api_keys, connection } = registered;
        let organization = organization.clone();
        let text = |text: Option<&str>| text.map(str::to_owned);
        Self {
            id: organization.id,
            name: organization.name,
            portal_enabled: organization.portal_enabled,
            disabled: *disabled,
            deleting: deleting.then_some(true),
            sandbox: organization.sandbox.map(SandboxView::from),
            domain: text(organization.domain.as_ref().map(WebDomain::as_str)),
            locale: text(organization.locale.as_ref().map(Locale::as_str)),
            sender_address: text(organization.sender_address.as_ref().map(SenderAddress::as_str)),
            sms_sender: text(organization.sms_sender.as_ref().map(SmsSender::as_str)),
            sends_per_day: organization.sends_per_day,
            password_attempts: organization.password_attempts,
            source_limit: organization.source_limit,
            sms_per_day: organization.sms_per_day,
            password_cookie: organization.password_cookie,
            api_keys: api_keys.len(),
            valid_after: organization.valid_after.map(|at| at.to_string()),
            connection: connection.as_ref().map(ConnectionView::from),
        }
    }
}

impl From<&Connection> for ConnectionView {
    fn from(connection: &Connection) -> Self {
        Self {
            partner_id: connection.partner.to_string(),
            scopes: connection.scopes.clone(),
            // Each connection is created with a first secret.
            has_secret: true,
            has_second_secret: connection.credentials.next.is_some(),
            integrated_at: connection.integrated_at.map(|at| at.to_string()),
        }
    }
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        let of_connection =
            |cell: fn(&ConnectionView) -> String| some(self.connection.as_ref().map(cell));
        vec![
            ("id", self.id.to_string()),
            ("name", self.name.clone()),
            ("portal", yes_no(self.portal_enabled)),
            ("disabled", self.disabled()),
            ("sandbox", self.sandbox()),
            ("domain", some(self.domain.as_ref())),
            ("locale", some(self.locale.as_ref())),
            ("sender address", some(self.sender_address.as_ref())),
            ("SMS sender", some(self.sms_sender.as_ref())),
            ("sends per day", self.sends_per_day.to_string()),
            ("password attempts", self.password_attempts.to_string()),
            ("source limit", self.source_limit.map_or("off".to_owned(), |it| it.to_string())),
            ("SMS per day", self.sms_per_day.to_string()),
            ("cookie", yes_no(self.password_cookie)),
            ("API keys", self.api_keys.to_string()),
            ("sessions valid after", some(self.valid_after.as_ref())),
            ("connected to", of_connection(|it| it.partner_id.clone())),
            ("scopes", of_connection(ConnectionView::scopes)),
            ("secret", of_connection(|it| yes_no(it.has_secret))),
            ("second secret", of_connection(|it| yes_no(it.has_second_secret))),
            ("integrated", of_connection(|it| some(it.integrated_at.as_ref()))),
        ]
    }
}

impl View {
    fn disabled(&self) -> String {
        if self.deleting.is_some() { "being deleted".to_owned() } else { yes_no(self.disabled) }
    }

    fn sandbox(&self) -> String {
        match &self.sandbox {
            Some(SandboxView { ends_at: Some(ends_at) }) => format!("until {ends_at}"),
            sandbox => yes_no(sandbox.is_some()),
        }
    }
}

impl ConnectionView {
    fn scopes(&self) -> String {
        if self.scopes.is_empty() {
            "none".to_owned()
        } else {
            self.scopes.names().collect::<Vec<_>>().join(", ")
        }
    }
}

/// A row of the list, which has fewer columns, so that it fits a terminal.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Row(pub(super) View);

impl Record for Row {
    fn cells(&self) -> Vec<(&'static str, String)> {
        let mut cells = self.0.cells();
        cells.retain(|(name, _)| {
            ["id", "name", "portal", "disabled", "sandbox", "domain", "API keys", "connected to"]
                .contains(name)
        });
        cells
    }
}
