//! `postern organization`.

use std::num::NonZeroU32;

use clap::{ArgAction, Args, Subcommand};
use domain::id::OrganizationId;
use domain::identifier::Email;
use domain::limits::{DEFAULT_PASSWORD_ATTEMPTS, DEFAULT_SENDS_PER_DAY, Limit};
use domain::organization::Organization;
use platform::store::Registered;
use serde::Serialize;

use crate::failure::{Failure, Result, refused, usage};
use crate::operator::Operator;
use crate::output::{Output, Record, some, yes_no};
use crate::partner::{Connect, RotateOrganization};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Creates an organization
    #[command(
        after_help = "Example:\n  postern organization create --name 'Riverside Clinic' --domain riverside.example"
    )]
    Create(Create),
    /// Lists all organizations
    #[command(after_help = "Example:\n  postern organization list --output json")]
    List,
    /// Shows an organization
    #[command(
        after_help = "Example:\n  postern organization show 11111111-1111-4111-8111-111111111111"
    )]
    Show(Which),
    /// Changes an organization; an empty text takes a setting away
    #[command(
        after_help = "Example:\n  postern organization update 11111111-1111-4111-8111-111111111111 --sends-per-day 5"
    )]
    Update(Update),
    /// Refuses an organization everywhere, like one that doesn't exist, within a minute
    #[command(
        after_help = "Example:\n  postern organization disable 11111111-1111-4111-8111-111111111111"
    )]
    Disable(Which),
    /// Connects an organization to a partner, with a secret that is shown only now
    #[command(
        after_help = "Example:\n  postern organization connect 11111111-1111-4111-8111-111111111111 --partner practice-software --scopes create:patient,read:user >secret"
    )]
    Connect(Connect),
    /// Gives an organization a second secret, good beside the first; --promote ends the first
    #[command(
        after_help = "Example:\n  postern organization rotate-secret 11111111-1111-4111-8111-111111111111 >secret"
    )]
    RotateSecret(RotateOrganization),
    /// Takes a disabling back
    #[command(
        after_help = "Example:\n  postern organization enable 11111111-1111-4111-8111-111111111111"
    )]
    Enable(Which),
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Its id; a random one unless given
    #[arg(long, value_parser = OrganizationId::parse)]
    id: Option<OrganizationId>,

    /// Shown to patients as the sender
    #[arg(long)]
    name: String,

    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The organization's id
    #[arg(value_parser = OrganizationId::parse)]
    id: OrganizationId,
}

#[derive(Debug, Args)]
pub(crate) struct Update {
    #[command(flatten)]
    which: Which,

    /// Shown to patients as the sender
    #[arg(long)]
    name: Option<String>,

    #[command(flatten)]
    settings: Settings,
}

/// Settings that may be left out.
#[derive(Clone, Debug, Args)]
struct Settings {
    /// Whether it may use the portal's endpoints; true when it is created
    #[arg(long, action = ArgAction::Set, value_name = "BOOL")]
    partner: Option<bool>,

    /// Web domain for which a phone may fill in a code, e.g. portal.example
    #[arg(long)]
    domain: Option<String>,

    /// Language of messages to users without one of their own, e.g. en
    #[arg(long)]
    locale: Option<String>,

    /// Address that mail comes from, instead of the deployment's; verified in SES
    #[arg(long, value_name = "EMAIL")]
    sender_address: Option<String>,

    /// Alphanumeric SMS sender, where the recipient's country allows one
    #[arg(long, value_name = "NAME")]
    sms_sender: Option<String>,

    /// Codes per identifier and UTC day; 0 for no limit
    #[arg(long, value_name = "COUNT")]
    sends_per_day: Option<u32>,

    /// Wrong passwords per user name and quarter of an hour; 0 for no limit
    #[arg(long, value_name = "COUNT")]
    password_attempts: Option<u32>,

    /// Whether a password login also sets a cookie
    #[arg(long, action = ArgAction::Set, value_name = "BOOL")]
    cookie: Option<bool>,
}

impl Command {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        match self {
            Self::Create(create) => create.run(operator, output).await,
            Self::List => list(operator, output).await,
            Self::Show(Which { id }) => {
                output.record(&View::from(&operator.registered(&id).await?))
            }
            Self::Update(update) => update.run(operator, output).await,
            Self::Disable(Which { id }) => set_disabled(operator, output, &id, true).await,
            Self::Connect(connect) => connect.run(operator, output).await,
            Self::RotateSecret(rotate) => rotate.run(operator, output).await,
            Self::Enable(Which { id }) => set_disabled(operator, output, &id, false).await,
        }
    }
}

impl Create {
    async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        self.settings.check(Some(&self.name))?;
        let mut organization = Organization {
            id: self.id.unwrap_or_else(OrganizationId::random),
            name: self.name,
            partner: true,
            domain: None,
            locale: None,
            sender_address: None,
            sms_sender: None,
            sends_per_day: NonZeroU32::new(DEFAULT_SENDS_PER_DAY),
            password_attempts: NonZeroU32::new(DEFAULT_PASSWORD_ATTEMPTS),
            password_cookie: false,
        };
        self.settings.apply(&mut organization);
        if !operator.organizations()?.create(&organization).await? {
            return refused(format!("there is an organization {} already", organization.id));
        }
        output.record(&View::from(&operator.registered(&organization.id).await?))
    }
}

impl Update {
    async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        self.settings.check(self.name.as_deref())?;
        let change = |registered: &mut Registered| {
            if let Some(name) = &self.name {
                registered.organization.name.clone_from(name);
            }
            self.settings.apply(&mut registered.organization);
        };
        revise(operator, output, &self.which.id, change).await
    }
}

impl Settings {
    fn check(&self, name: Option<&str>) -> Result<()> {
        if name.is_some_and(|name| name.trim().is_empty()) {
            return usage("an organization needs a name");
        }
        match self.sender_address.as_deref() {
            None | Some("") => Ok(()),
            Some(address) => {
                let parsed = Email::parse(address).map(drop);
                parsed.map_err(|error| Failure::Usage(format!("--sender-address: {error}")))
            }
        }
    }

    fn apply(&self, organization: &mut Organization) {
        let set = |field: &mut Option<String>, given: &Option<String>| {
            if let Some(given) = given {
                *field = Some(given.clone()).filter(|text| !text.is_empty());
            }
        };
        set(&mut organization.domain, &self.domain);
        set(&mut organization.locale, &self.locale);
        set(&mut organization.sender_address, &self.sender_address);
        set(&mut organization.sms_sender, &self.sms_sender);
        organization.partner = self.partner.unwrap_or(organization.partner);
        organization.password_cookie = self.cookie.unwrap_or(organization.password_cookie);
        let limit = |field: Limit, given: Option<u32>| given.map_or(field, NonZeroU32::new);
        organization.sends_per_day = limit(organization.sends_per_day, self.sends_per_day);
        organization.password_attempts =
            limit(organization.password_attempts, self.password_attempts);
    }
}

async fn list(operator: &Operator, output: &Output) -> Result<()> {
    let (organizations, listing) = (operator.organizations()?, output.listing());
    let mut from = None;
    loop {
        let page = organizations.page(from).await?;
        let rows: Vec<_> = page.organizations.iter().map(|it| Row(View::from(it))).collect();
        listing.page(&rows)?;
        from = page.next;
        if from.is_none() {
            return listing.end();
        }
    }
}

async fn set_disabled(
    operator: &Operator,
    output: &Output,
    id: &OrganizationId,
    disabled: bool,
) -> Result<()> {
    if disabled {
        let name = operator.registered(id).await?.organization.name;
        operator.confirm(&format!("Nobody of {name} ({id}) will be able to sign in"))?;
    }
    revise(operator, output, id, |registered| registered.disabled = disabled).await
}

async fn revise(
    operator: &Operator,
    output: &Output,
    id: &OrganizationId,
    change: impl Fn(&mut Registered) + Send,
) -> Result<()> {
    match operator.organizations()?.revise(id, change).await? {
        Some(registered) => output.record(&View::from(&registered)),
        None => refused(format!("there is no organization {id}")),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    id: OrganizationId,
    name: String,
    partner: bool,
    disabled: bool,
    domain: Option<String>,
    locale: Option<String>,
    sender_address: Option<String>,
    sms_sender: Option<String>,
    /// 0 stands for no limit.
    sends_per_day: u32,
    password_attempts: u32,
    password_cookie: bool,
    api_keys: usize,
}

impl From<&Registered> for View {
    fn from(Registered { organization, disabled, api_keys, .. }: &Registered) -> Self {
        let organization = organization.clone();
        let limit = |limit: Limit| limit.map_or(0, NonZeroU32::get);
        Self {
            id: organization.id,
            name: organization.name,
            partner: organization.partner,
            disabled: *disabled,
            domain: organization.domain,
            locale: organization.locale,
            sender_address: organization.sender_address,
            sms_sender: organization.sms_sender,
            sends_per_day: limit(organization.sends_per_day),
            password_attempts: limit(organization.password_attempts),
            password_cookie: organization.password_cookie,
            api_keys: api_keys.len(),
        }
    }
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        let limit = |limit: u32| if limit == 0 { "none".to_owned() } else { limit.to_string() };
        vec![
            ("id", self.id.to_string()),
            ("name", self.name.clone()),
            ("partner", yes_no(self.partner)),
            ("disabled", yes_no(self.disabled)),
            ("domain", some(self.domain.as_ref())),
            ("locale", some(self.locale.as_ref())),
            ("sender address", some(self.sender_address.as_ref())),
            ("SMS sender", some(self.sms_sender.as_ref())),
            ("codes a day", limit(self.sends_per_day)),
            ("passwords tried", limit(self.password_attempts)),
            ("cookie", yes_no(self.password_cookie)),
            ("API keys", self.api_keys.to_string()),
        ]
    }
}

/// A line of the list, where a terminal has no room for everything.
#[derive(Serialize)]
#[serde(transparent)]
struct Row(View);

impl Record for Row {
    fn cells(&self) -> Vec<(&'static str, String)> {
        let mut cells = self.0.cells();
        cells.retain(|(name, _)| {
            ["id", "name", "partner", "disabled", "domain", "API keys"].contains(name)
        });
        cells
    }
}
