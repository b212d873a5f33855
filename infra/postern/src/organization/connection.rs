//! The connection of an organization to its partner: `organization connect`, `disconnect` and
//! `rotate-secret`.

use clap::Args;
use domain::credential::Credential;
use domain::id::{OrganizationId, PartnerId};
use domain::issued::Issued;
use domain::partner::Connection;
use domain::scope::{Scope, Scopes, UnknownScope};
use registry::{Change, Registered};
use serde::Serialize;

use crate::failure::{Failure, Result, refused, usage};
use crate::operator::Operator;
use crate::output::{Output, Record, yes_no};
use crate::partner;
use crate::slots::{SlotStep, announced, promoted, replace_first, replace_second};

#[derive(Debug, Args)]
pub(crate) struct Connect {
    /// The organization's id
    #[arg(value_parser = OrganizationId::parse)]
    organization: OrganizationId,

    /// The partner's id
    #[arg(long, value_parser = PartnerId::parse)]
    partner: PartnerId,

    /// What the partner may do, which must be named; `none` means nothing
    #[arg(long, value_name = "SCOPE,…")]
    scopes: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Disconnect {
    /// The organization's id
    #[arg(value_parser = OrganizationId::parse)]
    organization: OrganizationId,
}

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// The organization's id
    #[arg(value_parser = OrganizationId::parse)]
    organization: OrganizationId,

    #[command(flatten)]
    step: SlotStep,
}

/// In place of scopes: the partner may do nothing.
const NO_SCOPE: &str = "none";

/// Scopes, separated by commas. `none` or an empty text means no scopes.
pub(super) fn scopes(text: &str) -> std::result::Result<Scopes, String> {
    if text.trim() == NO_SCOPE {
        return Ok(Scopes::default());
    }
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let scopes: std::result::Result<Scopes, UnknownScope> = names.map(Scope::parse).collect();
    scopes.map_err(|error| format!("{error}; scopes are {}", all_scopes()))
}

/// The scopes of a new connection, which have to be named: nobody grants by accident what an omitted
/// option, or an empty variable of a script, would stand for.
fn named_scopes(text: Option<&str>) -> Result<Scopes> {
    match text.filter(|text| text.split(',').any(|name| !name.trim().is_empty())) {
        Some(text) => {
            scopes(text).map_err(|error| Failure::Usage(format!("--scopes {text}: {error}")))
        }
        None => usage(format!(
            "name with --scopes what the partner may do, separated by commas, or `{NO_SCOPE}`; scopes \
             are {}",
            all_scopes()
        )),
    }
}

fn all_scopes() -> String {
    Scope::ALL.map(Scope::as_str).join(", ")
}

/// The organization's connection, which must exist.
pub(super) fn connected(registered: &Registered) -> Result<&Connection> {
    match &registered.connection {
        Some(connection) => Ok(connection),
        None => refused(format!(
            "organization {} is not connected to a partner; connect it first: `postern organization connect`",
            registered.organization.id
        )),
    }
}

impl Connect {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let scopes = named_scopes(self.scopes.as_deref())?;
        let (connections, id) = (operator.connections()?, &self.organization);
        let registered = operator.registered(id).await?;
        let name = registered.organization.name;
        if partner::find(operator, &self.partner).await?.disabled {
            return refused(format!(
                "partner {0} is disabled; enable it first: `postern partner enable {0}`",
                self.partner
            ));
        }
        let replaced = registered.connection;
        if let Some(replaced) = &replaced {
            let partner = &replaced.partner;
            operator
                .confirm(&format!("The connection of {name} to partner {partner} will end"))
                .await?;
        }
        let secret = Issued::OrganizationSecret.generate();
        let credential = Credential::of(&secret);
        let change =
            connections.connect(id, replaced.as_ref(), &self.partner, &credential, &scopes);
        unless_conflict(change.await?)?;
        let view = View { id: id.to_string(), name, second: false };
        let printed = output.secret(&view, "secret", &secret);
        printed.map_err(|unprinted| unprinted.with_remedy(replace_first(&rotation(id))))
    }
}

impl Disconnect {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let (connections, id) = (operator.connections()?, &self.organization);
        let registered = operator.registered(id).await?;
        let (name, seen) = (&registered.organization.name, connected(&registered)?);
        let partner = &seen.partner;
        operator
            .confirm(&format!("The connection of {name} to partner {partner} will end"))
            .await?;
        unless_conflict(connections.disconnect(id, seen).await?)?;
        output.record(&super::View::from(&Registered { connection: None, ..registered }))
    }
}

/// The result of a change of the connection.
fn unless_conflict(change: Change) -> Result<()> {
    match change {
        Change::Made => Ok(()),
        Change::Conflict => refused(
            "another operator changed the organization's connection at the same time; look with \
             `postern organization show`, then run the command again",
        ),
    }
}

impl Rotate {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let (connections, id) = (operator.connections()?, &self.organization);
        let registered = operator.registered(id).await?;
        let seen = &connected(&registered)?.credentials;
        if self.step.is_promotion(operator, &format!("organization {id}"), seen).await? {
            let late = "instances may accept the first secret for a second more";
            return promoted(connections.promote_secret(id, seen).await?, late);
        }
        let secret = Issued::OrganizationSecret.generate();
        let new = Credential::of(&secret);
        announced(connections.announce_secret(id, seen, &new).await?)?;
        let view = View { id: id.to_string(), name: registered.organization.name, second: true };
        let printed = output.secret(&view, "secret", &secret);
        printed.map_err(|unprinted| unprinted.with_remedy(replace_second(&rotation(id))))
    }
}

fn rotation(id: &OrganizationId) -> String {
    format!("organization rotate-secret {id}")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    id: String,
    name: String,
    /// Whether another secret is accepted beside this one.
    second: bool,
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
