//! `postern organization update`.

use clap::Args;
use domain::scope::Scopes;
use domain::text;
use registry::Registered;

use super::connection::{connected, scopes};
use super::settings::Settings;
use super::{OrganizationArgument, update, warn_of_parts};
use crate::failure::{Result, refused, usage};
use crate::operator::Operator;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct Update {
    #[command(flatten)]
    organization: OrganizationArgument,

    /// The organization's name, which messages show as the sender
    #[arg(long, value_parser = text::name)]
    name: Option<String>,

    /// What the organization's partner may do; `none` or an empty text means nothing
    #[arg(long, value_parser = scopes, value_name = "SCOPE,…")]
    scopes: Option<Scopes>,

    #[command(flatten)]
    settings: Settings,
}

impl Update {
    pub(super) async fn run(self, operator: &Operator, output: &Output) -> Result<()> {
        if self.name.is_none() && self.scopes.is_none() && self.settings.is_empty() {
            return usage(
                "nothing to update: give a new value, e.g. --name; `postern organization update --help` \
                 lists them",
            );
        }
        if self.scopes.is_some() {
            connected(&operator.registered(&self.organization.id).await?)?;
        }
        let id = &self.organization.id;
        if self.settings.limit_sends()
            && operator.registered(id).await?.organization.sandbox.is_some()
        {
            return refused(format!("organization {id} is a sandbox: its sends per day are fixed"));
        }
        let updated = update(operator, output, id, |registered| self.apply(registered)).await?;
        warn_of_parts(&updated.organization);
        Ok(())
    }

    fn apply(&self, registered: &mut Registered) {
        if let Some(name) = &self.name {
            registered.organization.name.clone_from(name);
        }
        if let (Some(scopes), Some(connection)) = (&self.scopes, &mut registered.connection) {
            connection.scopes.clone_from(scopes);
        }
        self.settings.apply(&mut registered.organization);
    }
}
