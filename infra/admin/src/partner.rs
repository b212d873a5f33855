//! `postern partner`, and the secret that an organization shares with its partner.

use clap::{Args, Subcommand};
use domain::credential::{Credential, Credentials};
use domain::id::{OrganizationId, PartnerId};
use domain::partner::Partner;
use domain::scope::{Scope, Scopes};
use domain::secret::Secret;
use platform::store::{Change, Partners};
use serde::Serialize;

use crate::failure::{Result, refused};
use crate::operator::Operator;
use crate::output::{Output, Record, some, yes_no};
use crate::slots::{SlotStep, announced, promoted};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Creates a partner and its secret, shown only now
    #[command(after_help = "Example:\n  postern partner create --name 'Practice Software' >secret")]
    Create(Create),
    /// Gives a partner a second secret, good beside the first; --promote ends the first
    #[command(
        after_help = "Example:\n  postern partner rotate-secret practice-software >secret\n  postern partner rotate-secret practice-software --promote"
    )]
    RotateSecret(RotatePartner),
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Its id; a random one unless given
    #[arg(long, value_parser = PartnerId::parse)]
    id: Option<PartnerId>,

    /// What operators call it
    #[arg(long)]
    name: String,
}

#[derive(Debug, Args)]
pub(crate) struct RotatePartner {
    /// The partner's id
    #[arg(value_parser = PartnerId::parse)]
    id: PartnerId,

    #[command(flatten)]
    step: SlotStep,
}

/// `organization connect`.
#[derive(Debug, Args)]
pub(crate) struct Connect {
    /// The organization's id
    #[arg(value_parser = OrganizationId::parse)]
    organization: OrganizationId,

    /// The partner's id
    #[arg(long, value_parser = PartnerId::parse)]
    partner: PartnerId,

    /// What the partner may do; everything unless given
    #[arg(long, value_delimiter = ',', value_parser = Scope::parse, value_name = "SCOPE,…")]
    scopes: Vec<Scope>,
}

/// `organization rotate-secret`.
#[derive(Debug, Args)]
pub(crate) struct RotateOrganization {
    /// The organization's id
    #[arg(value_parser = OrganizationId::parse)]
    organization: OrganizationId,

    #[command(flatten)]
    step: SlotStep,
}

impl Command {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        match self {
            Self::Create(create) => create.run(operator, output).await,
            Self::RotateSecret(rotate) => rotate.run(operator, output).await,
        }
    }
}

impl Create {
    async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let secret = Secret::random();
        let credentials = Credentials::single(Credential::of(&secret));
        let id = self.id.unwrap_or_else(PartnerId::random);
        let partner = Partner { id, name: self.name, credentials };
        match operator.partners()?.create(&partner).await? {
            Change::Made => {
                let view =
                    View { id: partner.id.to_string(), name: Some(partner.name), second: false };
                output.secret(&view, "secret", &secret)
            }
            Change::Overtaken => refused(format!("there is a partner {} already", partner.id)),
        }
    }
}

impl RotatePartner {
    async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let partners = operator.partners()?;
        let Some(partner) = partners.find(&self.id).await? else {
            return refused(format!("there is no partner {}", self.id));
        };
        if self.step.is_promotion(operator, partner.id.as_str(), &partner.credentials)? {
            return promoted(partners.promote_secret(&partner).await?);
        }
        let secret = Secret::random();
        announced(partners.announce_secret(&partner, &Credential::of(&secret)).await?)?;
        let view = View { id: partner.id.to_string(), name: Some(partner.name), second: true };
        output.secret(&view, "secret", &secret)
    }
}

impl Connect {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let (partners, id) = (operator.partners()?, &self.organization);
        let name = operator.registered(id).await?.organization.name;
        if partners.find(&self.partner).await?.is_none() {
            return refused(format!("there is no partner {}", self.partner));
        }
        let replaced = partners.connection(id).await?;
        if let Some(replaced) = &replaced {
            let partner = &replaced.partner;
            operator.confirm(&format!("The connection of {name} with {partner} will end"))?;
        }
        let all = self.scopes.is_empty();
        let scopes = if all { Scopes::all() } else { self.scopes.into_iter().collect() };
        let secret = Secret::random();
        let credential = Credential::of(&secret);
        let made = partners.connect(id, replaced.as_ref(), &self.partner, &credential, &scopes);
        match made.await? {
            Change::Made => {
                let view = View { id: id.to_string(), name: Some(name), second: false };
                output.secret(&view, "secret", &secret)
            }
            Change::Overtaken => refused("somebody else connected it at this moment; look again"),
        }
    }
}

impl RotateOrganization {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let (partners, id) = (operator.partners()?, &self.organization);
        let seen = credentials(&partners, id).await?;
        if self.step.is_promotion(operator, id.as_str(), &seen)? {
            return promoted(partners.promote_organization_secret(id, &seen).await?);
        }
        let secret = Secret::random();
        let new = Credential::of(&secret);
        announced(partners.announce_organization_secret(id, &seen, &new).await?)?;
        let view = View { id: id.to_string(), name: None, second: true };
        output.secret(&view, "secret", &secret)
    }
}

async fn credentials(partners: &Partners, id: &OrganizationId) -> Result<Credentials> {
    match partners.connection(id).await? {
        Some(connection) => Ok(connection.credentials),
        None => {
            refused(format!("{id} is connected to no partner (`postern organization connect`)"))
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    id: String,
    name: Option<String>,
    /// Whether another secret is good beside it.
    second: bool,
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("id", self.id.clone()),
            ("name", some(self.name.as_ref())),
            ("beside another", yes_no(self.second)),
        ]
    }
}
