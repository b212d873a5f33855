//! `postern partner`.

use clap::{Args, Subcommand};
use domain::credential::{Credential, Credentials};
use domain::id::{OrganizationId, PartnerId};
use domain::issued::Issued;
use domain::partner::Partner;
use domain::text;
use registry::{Change, RegisteredPartner as Registered};
use runtime::clock;
use serde::Serialize;

use crate::deletion;
use crate::failure::{Result, refused};
use crate::list::Selection;
use crate::operator::Operator;
use crate::output::{Output, Record, some, yes_no};
use crate::slots::{SlotStep, announced, promoted, replace_first, replace_second};
use crate::values::fresh_id;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Creates a partner, and prints its secret once
    #[command(after_help = "Example:\n  postern partner create --name 'Practice Software' >secret")]
    Create(Create),
    /// Lists all partners; this reads the whole table
    #[command(after_help = "Example:\n  postern partner list --limit 20")]
    List(Selection),
    /// Shows a partner, without secrets
    #[command(after_help = "Example:\n  postern partner show practice-software")]
    Show(PartnerArgument),
    /// Renames a partner
    #[command(
        after_help = "Example:\n  postern partner update practice-software --name 'Practice Suite'"
    )]
    Update(Update),
    /// Adds a second secret, accepted beside the first; with --promote, ends the first
    #[command(
        after_help = "Example:\n  postern partner rotate-secret practice-software >secret\n  postern partner rotate-secret practice-software --promote"
    )]
    RotateSecret(Rotate),
    /// Disables a partner at once, for all organizations: it is refused as if it didn't exist
    #[command(after_help = "Example:\n  postern partner disable practice-software")]
    Disable(PartnerArgument),
    /// Enables a disabled partner; its secrets, connections and tokens are valid again
    #[command(after_help = "Example:\n  postern partner enable practice-software")]
    Enable(PartnerArgument),
    /// Deletes a partner to whom no organization is connected; its id is free again a day later
    #[command(after_help = "Example:\n  postern partner delete practice-software")]
    Delete(PartnerArgument),
}

#[derive(Debug, Args)]
pub(crate) struct PartnerArgument {
    /// The partner's id
    #[arg(value_parser = PartnerId::parse)]
    id: PartnerId,
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The partner's id; the default is a random one
    #[arg(long, value_parser = fresh_id(PartnerId::parse))]
    id: Option<PartnerId>,

    /// The partner's name, for operators
    #[arg(long, value_parser = text::name)]
    name: String,
}

#[derive(Debug, Args)]
pub(crate) struct Update {
    /// The partner's id
    #[arg(value_parser = PartnerId::parse)]
    id: PartnerId,

    /// The partner's name, for operators
    #[arg(long, value_parser = text::name)]
    name: String,
}

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// The partner's id
    #[arg(value_parser = PartnerId::parse)]
    id: PartnerId,

    #[command(flatten)]
    step: SlotStep,
}

impl Command {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        match self {
            Self::Create(create) => create.run(operator, output).await,
            Self::List(selection) => {
                let partners = operator.partners()?;
                let page = async |from| partners.page(from).await;
                selection.print(output, page, |found| State::from(&found)).await
            }
            Self::Show(PartnerArgument { id }) => {
                output.record(&State::from(&find(operator, &id).await?))
            }
            Self::Update(Update { id, name }) => {
                match operator.partners()?.rename(&id, &name).await? {
                    Some(registered) => output.record(&State::from(&registered)),
                    None => refused(format!("partner {id} not found")),
                }
            }
            Self::Delete(PartnerArgument { id }) => delete(operator, output, &id).await,
            Self::RotateSecret(rotate) => rotate.run(operator, output).await,
            Self::Disable(PartnerArgument { id }) => {
                let Registered { partner, .. } = find(operator, &id).await?;
                let name = partner.name;
                operator
                    .confirm(&format!("Partner {id} ({name}) will be refused everywhere"))
                    .await?;
                set_disabled(operator, output, &id, true).await
            }
            Self::Enable(PartnerArgument { id }) => {
                set_disabled(operator, output, &id, false).await
            }
        }
    }
}

/// The partner, which must exist.
pub(crate) async fn find(operator: &Operator, id: &PartnerId) -> Result<Registered> {
    match operator.partners()?.find(id).await? {
        Some(found) => Ok(found),
        None => refused(format!("partner {id} not found")),
    }
}

/// How many connected organizations a refusal names.
const NAMED: usize = 5;

async fn delete(operator: &Operator, output: &Output, id: &PartnerId) -> Result<()> {
    let partners = operator.partners()?;
    if partners.deleted(id).await?.is_none() {
        let Registered { partner, .. } = find(operator, id).await?;
        let connected = connected(operator, id).await?;
        if !connected.is_empty() {
            return refused(format!(
                "partner {id} is connected to organizations ({}{}); end that first: `postern organization \
                 disconnect`",
                connected
                    .iter()
                    .take(NAMED)
                    .map(OrganizationId::as_str)
                    .collect::<Vec<_>>()
                    .join(", "),
                if connected.len() > NAMED { ", …" } else { "" }
            ));
        }
        let name = partner.name;
        operator.confirm(&format!("Partner {id} ({name}) will be deleted")).await?;
    }
    match partners.delete(id, clock::now()).await? {
        Some(deleted) => output.record(&deletion::View::new(&id, deleted)),
        None => refused(format!("partner {id} not found")),
    }
}

/// The organizations that are connected to a partner.
async fn connected(operator: &Operator, id: &PartnerId) -> Result<Vec<OrganizationId>> {
    let (organizations, mut found, mut from) = (operator.organizations()?, Vec::new(), None);
    loop {
        let page = organizations.page(from).await?;
        let is_connected = |it: &registry::Registered| {
            it.connection.as_ref().is_some_and(|connection| connection.partner == *id)
        };
        found.extend(page.items.into_iter().filter(is_connected).map(|it| it.organization.id));
        from = page.next;
        if from.is_none() {
            return Ok(found);
        }
    }
}

async fn set_disabled(
    operator: &Operator,
    output: &Output,
    id: &PartnerId,
    disabled: bool,
) -> Result<()> {
    match operator.partners()?.set_disabled(id, disabled).await? {
        Some(registered) => output.record(&State::from(&registered)),
        None => refused(format!("partner {id} not found")),
    }
}

impl Create {
    async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let secret = Issued::PartnerSecret.generate();
        let credentials = Credentials::single(Credential::of(&secret));
        let id = self.id.unwrap_or_else(PartnerId::random);
        let partner = Partner { id, name: self.name, credentials };
        let partners = operator.partners()?;
        match partners.create(&partner).await? {
            Change::Made => {}
            Change::Conflict => {
                if let Some(deleted) = partners.deleted(&partner.id).await? {
                    return refused(format!(
                        "partner {} was deleted; its id is free again when its tombstone is gone, after {}",
                        partner.id,
                        some(deleted.until)
                    ));
                }
                return refused(format!("partner {} already exists", partner.id));
            }
        }
        let printed = output.secret(&View::of(&partner, false), "secret", &secret);
        printed.map_err(|unprinted| unprinted.with_remedy(replace_first(&rotation(&partner.id))))
    }
}

impl Rotate {
    async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let partners = operator.partners()?;
        let Registered { partner, .. } = find(operator, &self.id).await?;
        let owner = format!("partner {}", partner.id);
        if self.step.is_promotion(operator, &owner, &partner.credentials).await? {
            let late = "instances may accept the first secret for a second more";
            return promoted(partners.promote_secret(&partner).await?, late);
        }
        let secret = Issued::PartnerSecret.generate();
        announced(partners.announce_secret(&partner, &Credential::of(&secret)).await?)?;
        let printed = output.secret(&View::of(&partner, true), "secret", &secret);
        printed.map_err(|unprinted| unprinted.with_remedy(replace_second(&rotation(&partner.id))))
    }
}

fn rotation(id: &PartnerId) -> String {
    format!("partner rotate-secret {id}")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    id: String,
    name: String,
    /// Whether another secret is accepted beside this one.
    second: bool,
}

impl View {
    fn of(partner: &Partner, second: bool) -> Self {
        Self { id: partner.id.to_string(), name: partner.name.clone(), second }
    }
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("id", self.id.clone()),
            ("name", self.name.clone()),
            ("beside another", yes_no(self.second)),
        ]
    }
}

/// A partner, without secrets.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct State {
    id: String,
    name: String,
    disabled: bool,
    /// Whether a second secret is accepted beside the first.
    has_second_secret: bool,
}

impl From<&Registered> for State {
    fn from(Registered { partner, disabled }: &Registered) -> Self {
        Self {
            id: partner.id.to_string(),
            name: partner.name.clone(),
            disabled: *disabled,
            has_second_secret: partner.credentials.next.is_some(),
        }
    }
}

impl Record for State {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("id", self.id.clone()),
            ("name", self.name.clone()),
            ("disabled", yes_no(self.disabled)),
            ("second secret", yes_no(self.has_second_secret)),
        ]
    }
}
