//! `postern api-key`.

use clap::{Args, Subcommand};
use domain::id::OrganizationId;
use domain::issued::Issued;
use domain::secret::{Digest, Secret};
use registry::{Addition, ApiKeys, MAX_API_KEYS};
use runtime::clock;
use serde::Serialize;

use crate::failure::{Failure, Result, refused, usage};
use crate::input::first_line;
use crate::operator::{InOrganization, Operator};
use crate::output::{Output, Record, Unprinted, note, some, yes_no};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Creates a key, and prints it once; an organization can have two, so that it can rotate them
    #[command(
        after_help = "Example:\n  postern api-key create --organization 11111111-1111-4111-8111-111111111111 >key"
    )]
    Create(InOrganization),
    /// Lists an organization's keys
    #[command(
        after_help = "Example:\n  postern api-key list --organization 11111111-1111-4111-8111-111111111111"
    )]
    List(InOrganization),
    /// Finds the organization of a key, which is read from standard input
    #[command(after_help = "Example:\n  postern api-key find <key")]
    Find,
    /// Retires a key: it is refused within a minute
    #[command(
        after_help = "Example:\n  postern api-key retire --organization 11111111-1111-4111-8111-111111111111 fW3kPq81Zx"
    )]
    Retire(Retire),
}

#[derive(Debug, Args)]
pub(crate) struct Retire {
    #[command(flatten)]
    of: InOrganization,

    /// The key's name, as `api-key list` shows it
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    name: String,
    created_at: Option<String>,
}

impl Record for View {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![("name", self.name.clone()), ("created", some(self.created_at.as_ref()))]
    }
}

/// A key that was retired.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Retired {
    name: String,
    retired: bool,
}

impl Record for Retired {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![("name", self.name.clone()), ("retired", yes_no(self.retired))]
    }
}

impl Command {
    pub(crate) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        match self {
            Self::Create(of) => create(operator, output, &of).await,
            Self::List(of) => list(operator, output, &of).await,
            Self::Find => find(operator, output).await,
            Self::Retire(retire) => retire.run(operator, output).await,
        }
    }
}

async fn create(operator: &Operator, output: &Output, of: &InOrganization) -> Result<()> {
    let (key, now) = (Issued::ApiKey.generate(), clock::now());
    let digest = key.digest();
    let (api_keys, id) = (operator.api_keys()?, &of.organization);
    operator.registered(id).await?;
    match api_keys.add(id, &digest, now).await? {
        Addition::Added => {}
        Addition::TooMany => {
            return refused(format!(
                "organization {id} already has {MAX_API_KEYS} API keys; retire one first: `postern api-key list`"
            ));
        }
        Addition::OrganizationNotFound => return refused(format!("organization {id} not found")),
    }
    let view = View { name: digest.name(), created_at: Some(now.to_string()) };
    match output.secret(&view, "apiKey", &key) {
        Ok(()) => Ok(()),
        Err(unprinted) => Err(retired_again(&api_keys, id, &digest, unprinted).await),
    }
}

/// Retires a key that was not printed: nobody can use it, and it counts against the limit.
async fn retired_again(
    api_keys: &ApiKeys,
    id: &OrganizationId,
    digest: &Digest,
    unprinted: Unprinted,
) -> Failure {
    if api_keys.retire(id, digest).await.is_ok() {
        return unprinted.with_remedy("the key was retired again; create another one");
    }
    let name = digest.name();
    unprinted.with_remedy(format!(
        "retire the key with `postern api-key retire --organization {id} {name}`"
    ))
}

async fn list(operator: &Operator, output: &Output, of: &InOrganization) -> Result<()> {
    let api_keys = operator.api_keys()?;
    let mut views = Vec::new();
    for digest in operator.registered(&of.organization).await?.api_keys {
        let created_at = api_keys.find(&digest).await?.and_then(|pointer| pointer.created_at);
        views.push(View { name: digest.name(), created_at: created_at.map(|at| at.to_string()) });
    }
    views.sort_by(|one, other| one.created_at.cmp(&other.created_at));
    let listing = output.listing();
    listing.page(&views)?;
    listing.end()
}

/// A key that was found.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    name: String,
    organization_id: String,
    organization_name: String,
    created_at: Option<String>,
    /// Whether functions accept the key.
    accepted: bool,
    organization_disabled: bool,
}

impl Record for Found {
    fn cells(&self) -> Vec<(&'static str, String)> {
        vec![
            ("name", self.name.clone()),
            ("organization", self.organization_id.clone()),
            ("its name", self.organization_name.clone()),
            ("created", some(self.created_at.as_ref())),
            ("accepted", yes_no(self.accepted)),
            ("organization disabled", yes_no(self.organization_disabled)),
        ]
    }
}

/// Finds a key, e.g. one that was published by mistake. It is never an argument: those are visible in the
/// list of processes and in the shell's history.
async fn find(operator: &Operator, output: &Output) -> Result<()> {
    let keys = operator.api_keys()?;
    let key = Secret::new(first_line()?.trim());
    if key.expose().is_empty() {
        return usage("standard input has no key: `postern api-key find <file`");
    }
    match Issued::of(&key) {
        Ok(None | Some(Issued::ApiKey)) => {}
        Ok(Some(other)) => return refused(format!("this is {}, not an API key", other.name())),
        Err(miscopied) => return refused(format!("no API key: {miscopied}")),
    }
    let digest = key.digest();
    let Some(pointer) = keys.find(&digest).await? else {
        return refused("no organization has this API key, or it was retired");
    };
    let registered = operator.registered(&pointer.organization).await?;
    output.record(&Found {
        name: digest.name(),
        organization_id: pointer.organization.to_string(),
        organization_name: registered.organization.name,
        created_at: pointer.created_at.map(|at| at.to_string()),
        accepted: registered.api_keys.contains(&digest) && !registered.disabled,
        organization_disabled: registered.disabled,
    })
}

impl Retire {
    async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        let id = &self.of.organization;
        let keys = operator.registered(id).await?.api_keys;
        let Some(digest) = keys.into_iter().find(|digest| digest.name() == self.name) else {
            return refused(format!("API key {} of organization {id} not found", self.name));
        };
        let name = &self.name;
        operator.confirm(&format!("API key {name} of organization {id} will be refused")).await?;
        operator.api_keys()?.retire(id, &digest).await?;
        note("retired; instances that have it cached accept it for up to a minute");
        output.record(&Retired { name: self.name, retired: true })
    }
}
